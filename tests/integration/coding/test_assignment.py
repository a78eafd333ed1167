"""Codes are assigned automatically, once, under both policies."""

from shared.contracts.coding.events import CodeAssigned, CodeAwaitingAgreement
from shared.ids import new_id
from shared.security.caller import Role
from tests.approvals import agreed, approved
from tests.environment import Environment, a_caller, until


async def test_approval_assigns_codes_whose_serials_run_within_the_prefecture(environment: Environment) -> None:
    events = [approved(number, region="430302" if number % 2 else "430304") for number in range(40)]
    async with environment.listening("coding.#") as received, environment.running("coding"):
        await environment.publish(*events)

        async def all_there() -> bool:
            return len(received) == 40

        await until(all_there, what="forty codes")
    codes = sorted(data["code"] for _, data in received)
    assert sorted(int(code[7:]) for code in codes) == list(range(1, 41))
    assert {code[:7] for code in codes} == {"H430302", "H430304"}


async def test_a_redelivered_message_and_another_version_get_no_second_code(
    environment: Environment,
) -> None:
    first = approved(1)
    next_version = first.model_copy(update={"subject_version": 2})
    message_id = new_id()
    async with environment.listening("coding.#") as received, environment.running("coding"):
        await environment.publish(first, first, message_ids={0: message_id, 1: message_id})
        await environment.publish(next_version, approved(2))

        async def all_there() -> bool:
            return len(received) >= 2

        await until(all_there)
    assert [kind for kind, _ in received] == [CodeAssigned.type] * 2
    assert len({data["code"] for _, data in received}) == 2


async def test_with_policy_b_approval_and_agreement_give_the_code_in_any_order(
    environment: Environment,
) -> None:
    late, early = approved(1, institution_type="C220"), approved(2, institution_type="C220")
    async with environment.listening("coding.#") as received, environment.running("coding"):
        async with environment.client("coding", a_caller(Role.REVIEWER)) as nation:
            answer = await nation.put("/code-policies/C2", json={"moment": "agreement"})
            assert answer.status == 200, await answer.text()
        await environment.publish(agreed(early.subject_id, early.region), late)

        async def awaited() -> bool:
            return (CodeAwaitingAgreement.type, str(late.subject_id)) in [
                (kind, data["subject_id"]) for kind, data in received
            ]

        await until(awaited, what="waiting for the agreement")
        await environment.publish(early, agreed(late.subject_id, late.region))

        async def both_coded() -> bool:
            return {data["subject_id"] for kind, data in received if kind == CodeAssigned.type} == {
                str(early.subject_id),
                str(late.subject_id),
            }

        await until(both_coded, what="both codes")
        async with environment.client("coding") as anyone:
            answer = await anyone.get("/codes", params={"subject_id": str(late.subject_id)})
            assert (await answer.json())["name"] == late.name


async def test_only_the_nation_sets_a_policy(environment: Environment) -> None:
    async with (
        environment.running("coding"),
        environment.client("coding", a_caller(Role.REVIEWER, "430000")) as province,
    ):
        answer = await province.put("/code-policies/C2", json={"moment": "agreement"})
        assert answer.status == 403
        problem = await answer.json()
        assert problem["code"] == "role-required"
        assert answer.content_type == "application/problem+json"
