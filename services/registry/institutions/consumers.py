"""What institutions hear of coding: which codes they bear."""

from collections.abc import Sequence

from services.registry.institutions import use_cases
from shared.contracts.coding.events import CodeAssigned, CodeAwaitingAgreement, CodeKind
from shared.messaging.kinds import only
from shared.messaging.subscriptions import Subscriptions
from shared.postgres.transaction import Transaction

subscriptions = Subscriptions("registry")

_INSTITUTIONS = only(CodeKind.INSTITUTION)


@subscriptions.together(CodeAssigned, queue="registry.institution-codes-assigned", kinds=_INSTITUTIONS)
async def institution_codes_assigned(tx: Transaction, assigned: Sequence[CodeAssigned]) -> None:
    """Shows the code that an institution bears (COD-1)."""
    await use_cases.codes_assigned(tx, assigned)


@subscriptions.together(CodeAwaitingAgreement, queue="registry.institution-codes-awaited", kinds=_INSTITUTIONS)
async def institution_codes_awaited(tx: Transaction, awaited: Sequence[CodeAwaitingAgreement]) -> None:
    """Shows that the code comes with an agreement (COD-2)."""
    await use_cases.codes_awaited(tx, awaited)
