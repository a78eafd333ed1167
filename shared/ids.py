"""Identifiers of records and events."""

from uuid import UUID

import uuid_utils


def new_id() -> UUID:
    """A UUIDv7: unique everywhere, and sorted by the time it was made."""
    return UUID(int=uuid_utils.uuid7().int)
