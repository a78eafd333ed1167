"""What an authorisation is, how its letter is numbered, and when it is prepared, filed and in force."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from services.registry.authorisations.problems import (
    AuthorisationClosed,
    AuthorisationLocked,
    LetterNotMade,
    ProviderDeleted,
    ScanOutdated,
)
from services.registry.filings import Filing, FilingState
from services.registry.maintainers.rules import PROVIDER_KIND_OF, exclusive_among
from shared.clock import CHINA
from shared.contracts.documents.events import LetterFailed, LetterMade, ScanMatched
from shared.contracts.registry.events import AuthorisedEnterprise, AuthorisedProvider, Scope
from shared.problems import ChangedMeanwhile, FieldProblem, FieldsRefused

ROLE_NAMES = {"institution": "医疗机构维护人员", "pharmacy": "零售药店维护人员"}

RANDOM_CHARACTERS = 8


@dataclass(frozen=True, slots=True)
class AuthorisationRequest:
    """What is asked for: scopes and providers in an order that makes equal requests equal.

    An `enterprise` asks for its pharmacies as a whole; without one a person asks. A `handover` takes the place of
    the accounts that maintain the providers' own records (ACC-10).
    """

    scopes: tuple[Scope, ...]
    provider_ids: tuple[UUID, ...]
    enterprise: AuthorisedEnterprise | None = None
    handover: bool = False

    @classmethod
    def of(
        cls,
        scopes: Sequence[Scope],
        provider_ids: Sequence[UUID],
        enterprise: AuthorisedEnterprise | None = None,
        *,
        handover: bool = False,
    ) -> Self:
        """Raises FieldsRefused for what no letter can say (ACC-3, ACC-10, AUT-7)."""
        request = cls(tuple(sorted(set(scopes))), tuple(sorted(set(provider_ids))), enterprise, handover)
        if len({PROVIDER_KIND_OF[one] for one in scopes}) > 1:
            raise _invalid(
                "scopes",
                "scopes-of-two-kinds",
                "医疗机构和零售药店的维护权限请分别申请。",
                "Ask for scopes of institutions and of pharmacies separately.",
            )
        request._check_enterprise()
        if handover and not exclusive_among(scopes):
            raise _invalid(
                "handover",
                "handover-of-staff-scopes",
                "人员信息可由多个账号维护，无需交接；交接须包含机构（药店）自身信息的维护权限。",
                "Several accounts hold scopes of staff: the scope of the provider's own record is handed over.",
            )
        return request

    def _check_enterprise(self) -> None:
        """A person is authorised for one pharmacy by each letter; an enterprise for its own pharmacies (AUT-7)."""
        of_pharmacies = self.provider_kind == "pharmacy"
        if self.enterprise is not None and not of_pharmacies:
            raise _invalid(
                "enterprise",
                "enterprise-for-pharmacies",
                "授权给企业仅适用于连锁药店；医疗机构请授权给个人。",
                "Only chains of pharmacies are authorised as an enterprise; institutions authorise a person.",
            )
        if self.enterprise is None and of_pharmacies and len(self.provider_ids) > 1:
            raise _invalid(
                "provider_ids",
                "one-pharmacy-for-a-person",
                "授权给个人时，一次只能选择一家零售药店；连锁药店请授权给企业，由企业统一盖章。",
                "A person is authorised for one pharmacy by each letter; a chain is authorised as an enterprise, "
                "which alone stamps it.",
            )

    @property
    def provider_kind(self) -> str:
        """The kind of providers that these scopes are of."""
        return PROVIDER_KIND_OF[self.scopes[0]]

    def check_handover(self, held: Sequence[UUID]) -> None:
        """Raises FieldsRefused for a handover of what nobody else holds; `held` is what others hold."""
        if self.handover and not held:
            raise _invalid(
                "handover",
                "nothing-to-hand-over",
                "所选机构目前没有其他账号持有维护权限，无需交接，请直接申请授权。",
                "No other account maintains these providers: request the authorisation without a handover.",
            )

    def check_known(self, providers: Sequence[AuthorisedProvider]) -> None:
        """Raises FieldsRefused where a provider is not on record."""
        unknown = set(self.provider_ids) - {one.provider_id for one in providers}
        if unknown:
            named = ", ".join(sorted(map(str, unknown)))
            raise _invalid(
                "provider_ids", "no-such-provider", f"没有这些医药机构：{named}。", f"Not on record: {named}."
            )


@dataclass(frozen=True, slots=True)
class Authorisation:
    """An account's request to maintain providers; `event_version` is that of the last event about it.

    `pending_scan` came while the return of the one before was still on its way; `problem` is why a letter or a
    scan came to nothing, a code and its facts.
    """

    authorisation_id: UUID
    account_id: UUID
    letter_number: str
    request: AuthorisationRequest
    providers: tuple[AuthorisedProvider, ...]
    prepared_at: datetime
    version: int = 1
    event_version: int = 1
    letter_version: int = 1
    filing: Filing = field(default_factory=Filing)
    letter: dict[str, Any] | None = None
    scan: dict[str, Any] | None = None
    scan_version: int = 0
    pending_scan: dict[str, Any] | None = None
    problem: dict[str, Any] | None = None
    granted: bool = False
    held_by_others: tuple[UUID, ...] = ()

    @property
    def predecessors(self) -> dict[UUID, UUID]:
        """The accounts that it takes the place of, by provider (ACC-10)."""
        return {
            one.provider_id: one.former_maintainer.account_id for one in self.providers if one.former_maintainer
        }

    @property
    def open_for_changes(self) -> bool:
        """Whether it is neither under review nor approved."""
        return self.filing.state in (FilingState.DRAFT, FilingState.RETURNED)

    def check_changeable(self, version: int) -> None:
        """Refuses a change of what is under review or approved, or of a version changed meanwhile."""
        state = self.filing.state
        AuthorisationLocked.unless(state is not FilingState.SUBMITTED, letter_number=self.letter_number)
        AuthorisationClosed.unless(state is not FilingState.APPROVED, letter_number=self.letter_number)
        ChangedMeanwhile.unless(version == self.version, current=self.version, seen=version)

    def changed(
        self, request: AuthorisationRequest, providers: Sequence[AuthorisedProvider], now: datetime
    ) -> Self:
        """Another request under the same number: its letter is a new version, the old one void (AUT-5)."""
        return replace(
            self,
            version=self.version + 1,
            event_version=self.event_version + 1,
            request=request,
            providers=tuple(providers),
            prepared_at=now,
            letter_version=self.letter_version + 1,
            letter=None,
            scan=None,
            pending_scan=None,
            problem=None,
            filing=self.filing.reopened(now),
        )

    def renewed(
        self, providers: Sequence[AuthorisedProvider], now: datetime, problem: dict[str, Any] | None = None
    ) -> Self:
        """The same request with what its letter names as it is now: a new version, the old one void (ACC-8)."""
        return replace(self.changed(self.request, providers, now), problem=problem)

    def with_letter(self, event: LetterMade) -> Self:
        """Its letter was made; that of an older version is not shown any more."""
        if event.letter_version != self.letter_version:
            return self
        return replace(self, letter={"document_id": str(event.document_id)})

    def with_failed_letter(self, event: LetterFailed) -> Self:
        """Its letter cannot be made, and it says why."""
        if event.letter_version != self.letter_version:
            return self
        return replace(self, problem={"code": LetterNotMade.code, "characters": event.characters})

    def with_scan(self, event: ScanMatched, now: datetime) -> Self:
        """The newest stamped letter is filed (AUT-6); while another is under review it waits for the return.

        The documents service takes a scan as soon as it knows of the return, which may be before the registry.
        """
        if event.subject_version <= self.scan_version or self.filing.state is FilingState.APPROVED:
            return self
        newest = replace(self, scan_version=event.subject_version)
        if event.letter_version != self.letter_version:
            facts = {"version": event.letter_version, "current": self.letter_version}
            return replace(newest, problem={"code": ScanOutdated.code, **facts})
        scan = event.model_dump(mode="json", include={"document_id", "name", "pages", "recognised"})
        return replace(newest, pending_scan=scan, problem=None).with_pending_scan_filed(now)

    def with_deleted_provider(self, *provider_ids: UUID) -> Self:
        """A provider that it names was deleted: it says so, and is changed before it can be filed (INS-5)."""
        names = "、".join(one.name for one in self.providers if one.provider_id in provider_ids)
        return replace(self, version=self.version + 1, problem={"code": ProviderDeleted.code, "names": names})

    def with_pending_scan_filed(self, now: datetime) -> Self:
        """Files the scan that waits, if there is one and nothing is under review."""
        if self.pending_scan is None or not self.open_for_changes:
            return self
        return replace(
            self,
            version=self.version + 1,
            event_version=self.event_version + 1,
            scan=self.pending_scan,
            pending_scan=None,
            filing=self.filing.filed(now),
        )

    def with_filing(self, filing: Filing) -> Self:
        """Its case moved; approval makes a scan that waits needless."""
        pending = None if filing.state is FilingState.APPROVED else self.pending_scan
        return replace(self, version=self.version + 1, filing=filing, pending_scan=pending)

    @property
    def awaits_grant(self) -> bool:
        """Whether it is approved and has had no effect yet, since its account was not approved."""
        return self.filing.state is FilingState.APPROVED and not self.granted


def letter_number(now: datetime, random: str) -> str:
    """A number that a person can read and type: SQ, the day, then random characters."""
    return f"SQ{now.astimezone(CHINA):%Y%m%d}{random}"


def _invalid(field_name: str, code: str, zh: str, en: str) -> FieldsRefused:
    return FieldsRefused(fields=(FieldProblem(field=field_name, code=code, zh=zh, en=en),))
