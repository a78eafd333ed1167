"""Resets of forgotten passwords on real parts: one at a time, in time, and in the audit trail."""

import asyncio
from typing import Any
from uuid import UUID

from shared.security.caller import Role
from tests.environment import Environment, a_caller
from tests.integration.registry.test_accounts import answer_of, registered

ANSWERS = [f"答案 {number}" for number in range(3)]
RESET = "/accounts/zhang.san/password-reset"


async def reset_by_unit(environment: Environment, account: dict[str, Any]) -> str:
    """The one-time password that the nation's unit gives an account."""
    async with environment.client("registry", a_caller(Role.AGENCY)) as unit:
        path = f"/accounts/{account['account_id']}/one-time-password"
        given = await answer_of(await unit.post(path), 201)
    return str(given["one_time_password"])


async def test_of_two_resets_at_once_one_sets_the_password(environment: Environment) -> None:
    async with environment.running("registry"):
        await registered(environment)
        async with environment.client("registry") as anyone:
            forms = [{"new": f"Another-password-{number}", "answers": ANSWERS} for number in (1, 2)]
            answers = await asyncio.gather(*(anyone.post(RESET, json=form) for form in forms))
        assert sorted(answer.status for answer in answers) == [204, 403]


async def test_an_expired_one_time_password_sets_none(environment: Environment) -> None:
    async with environment.running("registry"):
        given = await reset_by_unit(environment, await registered(environment))
        async with environment.postgres("registry") as postgres:
            await postgres.execute("UPDATE account SET one_time_until = now() - interval '1 second'")
        async with environment.client("registry") as anyone:
            form = {"new": "Another-password-1", "one_time_password": given}
            refused = await answer_of(await anyone.post(RESET, json=form), 403)
            assert refused["code"] == "reset-refused"
            for wrong in ({"new": form["new"]}, {**form, "answers": ANSWERS}, {**form, "answers": ANSWERS[:2]}):
                await answer_of(await anyone.post(RESET, json=wrong), 422)


async def test_each_reset_leaves_its_entry_and_no_password(environment: Environment) -> None:
    async with environment.running("registry"):
        account = await registered(environment)
        given = await reset_by_unit(environment, account)
        async with environment.client("registry") as anyone:
            form = {"new": "Another-password-1", "one_time_password": given}
            assert (await anyone.post(RESET, json=form)).status == 204
        async with environment.postgres("registry") as postgres:
            entries = await postgres.fetch(
                "SELECT action, actor FROM audit WHERE subject_id = $1 AND action LIKE '%reset%' ORDER BY entry",
                UUID(account["account_id"]),
            )
            stored = await postgres.fetch(
                "SELECT to_jsonb(audit)::text || to_jsonb(account)::text FROM audit, account"
            )
            answers = await postgres.fetch("SELECT to_jsonb(idempotency)::text AS text FROM idempotency")
        assert [entry["action"] for entry in entries] == [
            "account.password.reset-by-unit",
            "account.password.reset",
        ]
        assert entries[0]["actor"] != entries[1]["actor"]
        for secret in (given, form["new"]):
            assert not any(secret in row[0] for row in (*stored, *answers))
