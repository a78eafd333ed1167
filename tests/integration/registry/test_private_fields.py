"""Private values: encrypted at rest, masked in events, decrypted for the right scope alone (ACC-3)."""

from shared.contracts.registry.events import SubmissionFiled
from shared.security.caller import Role
from tests.environment import Environment, a_caller, until
from tests.integration.registry.institution_fixtures import added, filled_in, own_institution, submitted
from tests.integration.registry.registry_fixtures import HOSPITAL, a_maintainer, answer_of, authorised

SECRETS = {
    "hi_contact_name": "赵某",
    "hi_contact_phone": "0731-58214600",
    "hi_office_phone": "0731-58214601",
    "bank_account": "6222020000000000000",
}


async def test_private_values_are_in_clear_only_for_callers_who_may_read_them(
    environment: Environment,
) -> None:
    async with environment.running("registry"), environment.listening("registry.submission.#") as received:
        async with own_institution(environment) as (caller, client, one, path):
            full = await filled_in(environment, client, caller, one)
            given = {"version": full["version"], "values": SECRETS}
            await submitted(client, await answer_of(await client.put(path, json=given), 200))
            values = (await answer_of(await client.get(path), 200))["values"]
            assert {name: values[name] for name in SECRETS} == SECRETS
        async with environment.client("registry", a_caller(Role.REVIEWER, "430300")) as reviewer:
            values = (await answer_of(await reviewer.get(path), 200))["values"]
            assert {name: values[name] for name in SECRETS} == SECRETS

        async def published() -> SubmissionFiled | None:
            own = [data for _, data in received if data["kind"] == "institution"]
            return SubmissionFiled.model_validate(own[0]) if own else None

        event: SubmissionFiled = await until(published, what="the submission")
        assert event.values["hi_contact_phone"] == "073********00"
        assert event.values["address"] == values["address"]
        async with environment.postgres("registry") as rows:
            tables = await rows.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'registry'")
            for table in [row["tablename"] for row in tables]:
                for secret in SECRETS.values():
                    found = await rows.fetchval(
                        f'SELECT count(*) FROM "{table}" AS one WHERE one::text LIKE $1', f"%{secret}%"
                    )
                    assert found == 0, (table, secret)


async def test_the_scope_of_another_part_shows_that_the_record_exists_and_no_more(
    environment: Environment,
) -> None:
    async with environment.running("registry"):
        caller, nurse_keeper = await a_maintainer(environment), await a_maintainer(environment)
        async with (
            environment.client("registry", caller) as client,
            environment.client("registry", nurse_keeper) as other,
        ):
            one = await added(client)
            path = f"/institutions/{one['record_id']}"
            await authorised(environment, other, nurse_keeper, one["record_id"], scopes=("nurse",))
            await authorised(environment, client, caller, one["record_id"])
            await filled_in(environment, client, caller, one)
            seen = await answer_of(await other.get(path), 200)
            assert (seen["values"], seen["attachments"], seen["in_force"], seen["missing"]) == (
                None,
                None,
                None,
                [],
            )
            assert (seen["name"], seen["region"]) == (HOSPITAL["name"], HOSPITAL["pooling_region"])
            assert seen["numbers"] == {name: HOSPITAL[name] for name in ("uscc", "licence_number")}
            assert (seen["state"], seen["code"]) == ("draft", None)
            whole = await answer_of(await client.get(path), 200)
            assert whole["values"]["hi_contact_phone"] == "0731-58214600"
            for status, answer in (
                (403, other.put(path, json={"version": 2, "values": {"address": "别处"}})),
                (403, other.post(f"{path}/submission", json={"version": 2})),
                (403, other.delete(f"{path}/submission")),
            ):
                assert (await answer_of(await answer, status))["code"] == "scope-required"
