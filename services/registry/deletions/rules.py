"""What may be deleted: what was never approved and of which nothing is under review (INS-5)."""

from collections.abc import Iterable

from services.registry.deletions.problems import (
    ApprovedNotDeleted,
    AuthorisationUnderReview,
    DependentsUnderReview,
)
from services.registry.records.rules import Life, Record


def check_deletable(
    record: Record, seen: int, dependents: Iterable[Record], letter_under_review: str | None
) -> None:
    """Refuses what is archived, approved, changed meanwhile, or under review itself or with what belongs to it.

    `letter_under_review` is the number of a letter that names it, if one is.
    """
    record.check_open()
    ApprovedNotDeleted.unless(record.life is Life.DRAFT, name=record.name)
    record.check_changeable(seen)
    count = sum(1 for one in dependents if one.filing.locked)
    DependentsUnderReview.unless(count == 0, name=record.name, count=count)
    AuthorisationUnderReview.unless(
        letter_under_review is None, name=record.name, letter_number=letter_under_review
    )
