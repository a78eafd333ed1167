"""What review hears."""

from collections.abc import Sequence

from services.review import use_cases
from shared.contracts.registry.events import SubmissionFiled, UnitRegistered
from shared.messaging.subscriptions import Subscriptions
from shared.postgres.transaction import Transaction

subscriptions = Subscriptions("review")


@subscriptions.each(UnitRegistered, queue="review.units-registered")
async def units_registered(tx: Transaction, registered: UnitRegistered) -> None:
    """Routes stop at a unit from its registration on."""
    await use_cases.unit_registered(tx, registered)


@subscriptions.together(SubmissionFiled, at_most=128, queue="review.submissions-filed")
async def submissions_filed(tx: Transaction, filed: Sequence[SubmissionFiled]) -> None:
    """Opens a case for each filing, at the first unit of its route."""
    await use_cases.submissions_filed(tx, filed)
