"""What an account is, and when it may be filed and changed (ACC-1, ACC-2)."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Self
from uuid import UUID

from pydantic import JsonValue

from services.registry.accounts.problems import AccountInForce, AccountUnderReview
from services.registry.filings import Filing, FilingState
from shared.contracts.registry.events import Attachment
from shared.identifiers.characters import readable
from shared.security.caller import Role


@dataclass(frozen=True, slots=True)
class Account:
    """An account of a person or of a unit; unit accounts have a unit and no personal identifiers."""

    account_id: UUID
    version: int
    username: str
    role: Role
    name: str
    region: str
    unit_id: UUID | None
    id_number_masked: str | None
    phone_masked: str | None
    filing: Filing
    attachments: tuple[Attachment, ...] = ()
    # Counts the passwords and second factors: sessions that were opened with earlier ones are over.
    epoch: int = 0
    closed: bool = False
    # Its password is a one-time password, which opens no session, until then; None where it is the owner's own.
    one_time_until: datetime | None = None

    @property
    def state(self) -> FilingState:
        """Where its review stands."""
        return self.filing.state

    def with_sessions_ended(self) -> Self:
        """The account in its next epoch, which ends its sessions."""
        return replace(self, version=self.version + 1, epoch=self.epoch + 1)

    def with_new_password(self) -> Self:
        """The account with another password, which ends its sessions."""
        return replace(self.with_sessions_ended(), one_time_until=None)

    def with_one_time_password(self, until: datetime) -> Self:
        """The account with a one-time password that expires (ACC-6); its sessions end."""
        return replace(self.with_new_password(), one_time_until=until)

    def open_to_change(self) -> Self:
        """Itself; raises AccountUnderReview or AccountInForce."""
        AccountUnderReview.unless(self.state is not FilingState.SUBMITTED)
        AccountInForce.unless(self.state is not FilingState.APPROVED)
        return self

    def filed(self, attachments: Sequence[Attachment], now: datetime) -> Self:
        """The account handed to the nation's unit, with the papers that prove it."""
        changeable = self.open_to_change()
        return replace(
            changeable,
            version=changeable.version + 1,
            filing=changeable.filing.filed(now),
            attachments=tuple(attachments),
        )


def username_key(username: str) -> str:
    """The form in which two usernames are the same."""
    return unicodedata.normalize("NFKC", readable(username)).casefold()


def values_of(account: Account) -> dict[str, JsonValue]:
    """The account's values as a reviewer gets them; identifiers masked, the full ones are asked for apart."""
    return {
        "username": account.username,
        "name": account.name,
        "id_number": account.id_number_masked,
        "phone": account.phone_masked,
        "region": account.region,
    }
