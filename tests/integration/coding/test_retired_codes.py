"""The code of an archived provider is retired for ever; it is neither given again nor forgotten (COD-4)."""

from shared.contracts.coding.events import CodeAssigned, CodeAwaitingAgreement, CodeRefused, CodeRetired
from tests.approvals import agreed, approved
from tests.environment import Environment
from tests.integration.coding.test_identities import handled, look_up, of_another, renamed
from tests.provider_events import archived


async def test_a_retired_code_is_still_found_and_nobody_gets_it_or_another_by_its_identity(
    environment: Environment,
) -> None:
    first = approved(1)
    async with environment.listening("coding.#") as messages, environment.running("coding"):
        await handled(environment, messages, first, then=1)
        code = messages[0][1]["code"]
        assert (await look_up(environment, code))["retired_at"] is None
        event = archived(first.subject_id)
        await handled(environment, messages, event, then=2)
        kind, retired = messages[1]
        assert (kind, retired["code"], retired["subject_version"]) == (CodeRetired.type, code, 2)
        found = await look_up(environment, code)
        assert found["retired_at"] == retired["retired_at"]
        assert found["name"] == first.name
        # A second archive is no news, and an approval that comes after it brings nothing back.
        await handled(environment, messages, event.model_copy(update={"subject_version": 21}), then=2)
        await handled(environment, messages, renamed(first, "湘潭市乙医院"), then=2)
        assert (await look_up(environment, code))["retired_at"] == retired["retired_at"]
        await handled(environment, messages, of_another(first), approved(2), then=4)
    outcome = dict(messages[2:])
    assert outcome[CodeRefused.type]["owner_code"] == code
    assert outcome[CodeAssigned.type]["code"] != code


async def test_what_is_archived_before_its_code_gets_none_whatever_comes_after(environment: Environment) -> None:
    early, waiting = approved(1), approved(2, institution_type="C220")
    async with environment.listening("coding.#") as messages, environment.running("coding"):
        async with environment.postgres("coding") as rows:
            await rows.execute(
                "INSERT INTO policy (kind, type_prefix, assign_on) VALUES ('institution', 'C', 'agreement')"
            )
        # The archive overtakes the approval, which comes by another queue.
        await handled(environment, messages, archived(early.subject_id), then=0)
        await handled(environment, messages, early, then=0)
        await handled(environment, messages, waiting, then=1)
        assert messages[0][0] == CodeAwaitingAgreement.type
        await handled(environment, messages, archived(waiting.subject_id), then=1)
        await handled(environment, messages, agreed(waiting.subject_id), then=1)
