"""Event consumers of review: units and filings of the registry."""

from collections.abc import Sequence

from services.review import use_cases
from shared.contracts.registry.events import (
    MaintainersChanged,
    RecordClosed,
    SubmissionFiled,
    SubmissionWithdrawn,
    UnitRegistered,
)
from shared.maintainers.store import save_maintainers
from shared.messaging.subscriptions import Subscriptions
from shared.postgres.transaction import Transaction

subscriptions = Subscriptions("review")


@subscriptions.each(UnitRegistered, queue="review.units-registered")
async def units_registered(tx: Transaction, registered: UnitRegistered) -> None:
    """Adds a unit to the routes from its registration on."""
    await use_cases.register_unit(tx, registered)


@subscriptions.together(SubmissionFiled, at_most=128, queue="review.submissions-filed")
async def submissions_filed(tx: Transaction, filed: Sequence[SubmissionFiled]) -> None:
    """Opens a case for each filing, at the first unit of its route."""
    await use_cases.open_cases(tx, filed)


@subscriptions.together(SubmissionWithdrawn, queue="review.submissions-withdrawn")
async def submissions_withdrawn(tx: Transaction, withdrawn: Sequence[SubmissionWithdrawn]) -> None:
    """Closes the cases of filings that their maintainers have withdrawn."""
    await use_cases.withdraw_cases(tx, withdrawn)


@subscriptions.together(RecordClosed, queue="review.records-closed")
async def records_closed(tx: Transaction, closed: Sequence[RecordClosed]) -> None:
    """Closes the cases of records that were archived or deleted, and of what belongs to them (INS-5)."""
    await use_cases.close_subjects(tx, closed)


@subscriptions.together(MaintainersChanged, queue="review.maintainers-changed")
async def maintainers_changed(tx: Transaction, changed: Sequence[MaintainersChanged]) -> None:
    """Saves who maintains a provider and so sees its cases."""
    await save_maintainers(tx, changed)
