"""Institutions as a kind of record."""

from collections.abc import Mapping
from typing import Any

from services.registry.dictionaries import DICTIONARIES
from services.registry.institutions import rules, store
from services.registry.institutions.form import FORM
from services.registry.records.rules import Copy, Record
from services.registry.records.subject import Subject
from shared.contracts.event import Event
from shared.contracts.registry.events import Scope
from shared.identifiers.uscc import IRREGULAR_USCC_ATTACHMENT
from shared.postgres.transaction import Transaction


async def admit(tx: Transaction, given: Mapping[str, Any]) -> None:
    """Military institutions wait until the nation's unit admits them (AUT-4)."""
    if given.get("military"):
        rules.check_military(given, allowed=await store.allows(tx, "military"))


async def on_approved(tx: Transaction, record: Record, submitted: Copy) -> Event | None:
    """Coding and agreements learn of the institution (INS-8)."""
    return rules.approval_of(record, submitted, record.in_force.at if record.in_force else tx.now)


INSTITUTION = Subject(
    form=FORM,
    collection="institutions",
    scope=Scope.INSTITUTION,
    dictionaries=DICTIONARIES,
    region="pooling_region",
    numbers=rules.NUMBERS,
    added_with=frozenset({"name", *rules.NUMBERS, "pooling_region", "explanation", IRREGULAR_USCC_ATTACHMENT}),
    admit=admit,
    check_change=rules.check_numbers,
    on_approved=on_approved,
)
