"""Identifiers of records and events."""

from uuid import UUID

import uuid_utils


def new_id() -> UUID:
    """Creates a UUIDv7: globally unique, and sorted by its time of creation."""
    return UUID(int=uuid_utils.uuid7().int)
