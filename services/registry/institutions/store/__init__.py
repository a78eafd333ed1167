"""Every SQL statement about institutions: their records, and how they are found."""

from services.registry.institutions.store.finding import mine, search
from services.registry.institutions.store.records import (
    Claimed,
    Told,
    add,
    allows,
    claim,
    claimed_by,
    identified,
    lock,
    lock_for_change,
    next_event_versions,
    read,
    release_others,
    save_awaiting,
    save_codes,
    save_copy,
    save_filing,
    save_searched,
)

__all__ = [
    "Claimed",
    "Told",
    "add",
    "allows",
    "claim",
    "claimed_by",
    "identified",
    "lock",
    "lock_for_change",
    "mine",
    "next_event_versions",
    "read",
    "release_others",
    "save_awaiting",
    "save_codes",
    "save_copy",
    "save_filing",
    "save_searched",
    "search",
]
