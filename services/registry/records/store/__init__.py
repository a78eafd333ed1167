"""Every SQL statement about records, the same for every kind: writing them, and finding them."""

from services.registry.records.store.archiving import (
    archive_dependents,
    archived_among,
    count_dependents,
    save_archived,
)
from services.registry.records.store.coding import (
    CodeOutcome,
    refused_codes,
    save_awaiting,
    save_code_refusals,
    save_codes,
)
from services.registry.records.store.finding import mine, search
from services.registry.records.store.reading import (
    Found,
    application_under_review,
    lock_for_change,
    lock_many_for_change,
    read,
)
from services.registry.records.store.search_index import index_next, save_search
from services.registry.records.store.submitting import OpenRecords, count_open, open_records
from services.registry.records.store.writing import (
    Provider,
    Versioned,
    add,
    claim,
    holder_of,
    lock_all,
    next_event_versions,
    providers,
    release_claims,
    save_approved,
    save_copy,
    save_filing,
    save_filings,
    save_snapshots,
    snapshots,
)

__all__ = [
    "CodeOutcome",
    "Found",
    "OpenRecords",
    "Provider",
    "Versioned",
    "add",
    "application_under_review",
    "archive_dependents",
    "archived_among",
    "claim",
    "count_dependents",
    "count_open",
    "holder_of",
    "index_next",
    "lock_all",
    "lock_for_change",
    "lock_many_for_change",
    "mine",
    "next_event_versions",
    "open_records",
    "providers",
    "read",
    "refused_codes",
    "release_claims",
    "save_approved",
    "save_archived",
    "save_awaiting",
    "save_code_refusals",
    "save_codes",
    "save_copy",
    "save_filing",
    "save_filings",
    "save_search",
    "save_snapshots",
    "search",
    "snapshots",
]
