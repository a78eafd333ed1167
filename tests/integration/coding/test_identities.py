"""A code belongs to one subject for ever; no other subject gets a code by its former names."""

from collections.abc import Sequence
from typing import Any

import asyncpg
import pytest

from shared.clock import utc_now
from shared.contracts.coding.events import CodeAssigned, CodeRefused
from shared.contracts.registry.events import ProviderApproved
from shared.ids import new_id
from tests.approvals import agreed, approved
from tests.environment import Environment, until

Events = Sequence[tuple[str, dict[str, Any]]]


def renamed(event: ProviderApproved, name: str) -> ProviderApproved:
    """The next version of the record, under another name."""
    more = {"subject_version": event.subject_version + 1, "name": name, "approved_at": utc_now()}
    return event.model_copy(update=more)


def of_another(event: ProviderApproved) -> ProviderApproved:
    """Another record with the same name and numbers."""
    return event.model_copy(update={"subject_id": new_id(), "subject_version": 1})


async def handled(environment: Environment, messages: Events, *events: Any, then: int) -> None:
    """Publishes events and waits until coding has handled them and published this number of events."""
    async with environment.postgres("coding") as rows:
        before = await rows.fetchval("SELECT count(*) FROM inbox")
        await environment.publish(*events)

        async def all_handled() -> bool:
            count = await rows.fetchval("SELECT count(*) FROM inbox")
            return bool(count == before + len(events)) and len(messages) >= then

        await until(all_handled, what=f"{len(events)} messages handled and {then} events")
        assert len(messages) == then


async def look_up(environment: Environment, code: str) -> dict[str, Any]:
    """The answer of the public look-up of a code."""
    async with environment.client("coding") as anyone, anyone.get(f"/codes/{code}") as answer:
        assert answer.status == 200
        found: dict[str, Any] = await answer.json()
        return found


async def test_a_former_name_of_a_code_holder_gets_no_second_code(
    environment: Environment,
) -> None:
    first = approved(1)
    later = renamed(first, "湘潭市乙医院")
    again = of_another(first)
    async with environment.listening("coding.#") as messages, environment.running("coding"):
        await handled(environment, messages, first, then=1)
        code = messages[0][1]["code"]
        await handled(environment, messages, later, then=1)
        await handled(environment, messages, again, of_another(later), then=3)
        for kind, refusal in messages[1:]:
            assert kind == CodeRefused.type
            assert refusal["reason"] == "identity-of-another"
            assert refusal["owner_id"] == str(first.subject_id)
            assert (refusal["owner_name"], refusal["owner_code"]) == ("湘潭市乙医院", code)
        found = await look_up(environment, code)
        assert (found["name"], found["subject_id"]) == ("湘潭市乙医院", str(first.subject_id))
        assert [one["name"] for one in found["names"]] == [first.name, "湘潭市乙医院"]
        # Refused again for the same reason it is no news; with numbers of its own it gets a code.
        await handled(environment, messages, again.model_copy(update={"subject_version": 2}), then=3)
        own = again.model_copy(update={"subject_version": 3, "licence_number": "PDY00001"})
        await handled(environment, messages, own, then=4)
    assert messages[3][0] == CodeAssigned.type
    assert messages[3][1]["code"] != code
    assert messages[3][1]["subject_version"] == 2


async def test_invisible_characters_in_a_name_give_no_second_code(environment: Environment) -> None:
    first = approved(1)
    hidden = of_another(first).model_copy(update={"name": "湘潭市\u200b第1⼈⺠医院"})
    async with environment.listening("coding.#") as messages, environment.running("coding"):
        await handled(environment, messages, first, hidden, then=2)
    assert [kind for kind, _ in messages] == [CodeAssigned.type, CodeRefused.type]


async def test_of_two_with_one_identity_in_one_group_the_first_approved_gets_the_code(
    environment: Environment,
) -> None:
    first = approved(1)
    second = of_another(first).model_copy(update={"approved_at": utc_now()})
    async with environment.listening("coding.#") as messages:
        async with environment.running("coding"):
            pass  # its queues are there now, and the two will wait in them together
        await environment.publish(second, first)
        async with environment.running("coding"):

            async def both() -> bool:
                return len(messages) == 2

            await until(both, what="a code and a refusal")
    outcome = {data["subject_id"]: (kind, data) for kind, data in messages}
    code = outcome[str(first.subject_id)][1]["code"]
    assert outcome[str(first.subject_id)][0] == CodeAssigned.type
    assert outcome[str(second.subject_id)][0] == CodeRefused.type
    assert outcome[str(second.subject_id)][1]["owner_code"] == code


async def test_an_identity_given_up_before_coding_is_free(environment: Environment) -> None:
    waiting = approved(1, institution_type="C220")
    async with environment.listening("coding.#") as messages, environment.running("coding"):
        async with environment.postgres("coding") as rows:
            await rows.execute(
                "INSERT INTO policy (kind, type_prefix, assign_on) VALUES ('institution', 'C', 'agreement')"
            )
        await handled(environment, messages, waiting, then=1)
        await handled(environment, messages, renamed(waiting, "湘潭市乙诊所"), then=1)
        other = of_another(waiting).model_copy(update={"provider_type": "A100"})
        await handled(environment, messages, other, then=2)
        await handled(environment, messages, agreed(waiting.subject_id), then=3)
    assert [kind for kind, _ in messages][1:] == [CodeAssigned.type] * 2
    assert [data["subject_id"] for _, data in messages][1:] == [str(other.subject_id), str(waiting.subject_id)]
    assert messages[2][1]["subject_version"] == 2


async def test_the_database_refuses_to_move_a_code_to_another_subject(environment: Environment) -> None:
    one, two = approved(1), approved(2)
    async with environment.listening("coding.#") as messages, environment.running("coding"):
        await handled(environment, messages, one, two, then=2)
        async with environment.postgres("coding") as rows:
            with pytest.raises(asyncpg.RaiseError, match="for ever"):
                await rows.execute("UPDATE holder SET code = 'H99' WHERE subject_id = $1", one.subject_id)
            with pytest.raises(asyncpg.RaiseError, match="for ever"):
                await rows.execute("DELETE FROM holder WHERE subject_id = $1", one.subject_id)
            with pytest.raises(asyncpg.UniqueViolationError):
                await rows.execute(
                    "INSERT INTO holder (subject_id, kind, identity, code, assigned_at) "
                    "SELECT $1, kind, 'x', code, assigned_at FROM holder WHERE subject_id = $2",
                    new_id(),
                    two.subject_id,
                )


async def test_every_kind_has_codes_of_its_own(environment: Environment) -> None:
    kinds = {
        "institution": "H43030200001",
        "pharmacy": "P43030200001",
        "physician": "D430302000001",
        "nurse": "N430302000001",
        "hospital_pharmacist": "HY430302000001",
        "hospital_technician": "HJ430302000001",
        "pharmacist": "Y430302000001",
    }
    events = [approved(1).model_copy(update={"kind": kind}) for kind in kinds]
    async with environment.listening("coding.#") as messages, environment.running("coding"):
        await handled(environment, messages, *events, then=len(kinds))
    assert {data["kind"]: data["code"] for _, data in messages} == kinds
