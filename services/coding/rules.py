"""Decides who gets which code and when: policies (COD-2), identities (COD-1), serials by prefecture (COD-3)."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple, Self
from uuid import UUID

from services.coding.formats import Formats
from shared.identifiers.regions import prefecture_of

IDENTITY_OF_ANOTHER = "identity-of-another"


class AssignOn(StrEnum):
    """When a code is assigned: straight after approval (A), or once an agreement exists (B)."""

    APPROVAL = "approval"
    AGREEMENT = "agreement"


class PolicyKey(NamedTuple):
    """The scope of a policy: a kind of provider, and a prefix of its types; empty for all of the kind."""

    kind: str
    type_prefix: str


Policies = Mapping[PolicyKey, AssignOn]


class CodingRules(NamedTuple):
    """The rules for codes: their formats by kind, and when they are assigned."""

    formats: Formats
    policies: Policies


@dataclass(frozen=True, slots=True)
class Approval:
    """A version of a provider's record that the nation has approved, with its identity."""

    subject_id: UUID
    version: int
    kind: str
    identity: str
    name: str
    region: str
    provider_type: str
    approved_at: datetime


@dataclass(frozen=True, slots=True)
class CodeHolder:
    """A record that holds or may get a code; without an identity until it is approved.

    `refused_for` is the holder who owns the identity, if that is why this one got no code. An archived holder
    gets no code any more, and the code that it holds is retired for ever (COD-4).
    """

    subject_id: UUID
    kind: str | None
    identity: str | None
    name: str | None
    region: str | None
    provider_type: str | None
    approved_at: datetime | None
    agreed: bool
    awaited: bool
    refused_for: UUID | None
    code: str | None
    assigned_at: datetime | None
    event_version: int
    archived_at: datetime | None = None

    def with_code(self, code: str, now: datetime) -> Self:
        """Returns the holder with this permanent code."""
        return self._changed(code=code, assigned_at=now, refused_for=None)

    def _changed(self, **changes: Any) -> Self:
        return replace(self, event_version=self.event_version + 1, **changes)

    def retired(self) -> Self:
        """Returns the archived holder, whose code is retired."""
        return self._changed()

    def waiting(self) -> Self:
        """Returns the holder waiting for an agreement; a refusal that came before is over."""
        return self._changed(awaited=True, refused_for=None)

    def refused(self, owner_id: UUID) -> Self:
        """Returns the holder refused a code, since another holder owns its identity."""
        return self._changed(refused_for=owner_id)


class Place(NamedTuple):
    """The scope of a serial counter: a prefix within a prefecture."""

    prefix: str
    prefecture: str


@dataclass(frozen=True, slots=True)
class Run:
    """The serials to take from one counter."""

    prefix: str
    prefecture: str
    count: int


@dataclass(frozen=True, slots=True)
class IdentityOwner:
    """The holder of a code that has had an identity."""

    subject_id: UUID
    name: str | None
    code: str | None


# By kind and identity.
Owners = Mapping[tuple[str, str], IdentityOwner]


def assign_on_of(kind: str, provider_type: str, policies: Policies) -> AssignOn:
    """Returns the policy of the longest matching type prefix (COD-2); by default codes come with approval."""
    fitting = [one for one in policies if one.kind == kind and provider_type.startswith(one.type_prefix)]
    return policies[max(fitting, key=lambda one: len(one.type_prefix))] if fitting else AssignOn.APPROVAL


def due(holders: Iterable[CodeHolder], policies: Policies) -> list[CodeHolder]:
    """Returns the holders to assign a code now: approved, without a code, and with an agreement if required."""
    return [one for one in _uncoded(holders) if one.agreed or _assign_on(one, policies) is AssignOn.APPROVAL]


def newly_waiting(holders: Iterable[CodeHolder], policies: Policies) -> list[CodeHolder]:
    """Returns the approved holders that start to wait for an agreement."""
    return [
        one.waiting()
        for one in _uncoded(holders)
        if not one.agreed
        and (not one.awaited or one.refused_for is not None)
        and _assign_on(one, policies) is AssignOn.AGREEMENT
    ]


def _uncoded(holders: Iterable[CodeHolder]) -> list[CodeHolder]:
    return [one for one in holders if one.identity is not None and one.code is None and one.archived_at is None]


def _assign_on(holder: CodeHolder, policies: Policies) -> AssignOn:
    return assign_on_of(holder.kind or "", holder.provider_type or "", policies)


def entitled(holders: Iterable[CodeHolder], owners: Owners) -> list[CodeHolder]:
    """Returns the holders whose identity is free; `owners` own the identities that were taken already."""
    return [one for one in holders if _other_owner(one, owners) is None]


def refused(holders: Iterable[CodeHolder], owners: Owners) -> list[tuple[CodeHolder, IdentityOwner]]:
    """Returns the holders whose identity another holder owns, with that owner (COD-1)."""
    found = ((one, _other_owner(one, owners)) for one in holders)
    return [(one, owner) for one, owner in found if owner is not None]


def _other_owner(holder: CodeHolder, owners: Owners) -> IdentityOwner | None:
    owner = owners.get((str(holder.kind), str(holder.identity)))
    return None if owner is None or owner.subject_id == holder.subject_id else owner


def runs_for(holders: Sequence[CodeHolder], formats: Formats) -> list[Run]:
    """Counts the serials needed of each prefix and prefecture, in the order that all transactions lock them."""
    wanted = Counter(_place(one, formats) for one in holders)
    return [Run(place.prefix, place.prefecture, count) for place, count in sorted(wanted.items())]


def coded(
    holders: Sequence[CodeHolder], formats: Formats, last: Mapping[Place, int], now: datetime
) -> list[CodeHolder]:
    """Assigns the next serials to the holders in order; leaves out those beyond a prefecture's last serial.

    `last` is each counter after its run was taken.
    """
    following = {Place(run.prefix, run.prefecture): last[Place(run.prefix, run.prefecture)] - run.count
                 for run in runs_for(holders, formats)}  # fmt: skip
    done = []
    for one in holders:
        form, place = formats[str(one.kind)], _place(one, formats)
        following[place] += 1
        if following[place] <= form.capacity:
            done.append(one.with_code(form.code(str(one.region), following[place]), now))
    return done


def running_out(formats: Formats, last: Mapping[Place, int]) -> list[Place]:
    """Returns the prefectures that have used nine tenths of their serials."""
    by_prefix = {one.prefix: one for one in formats.values()}
    return [place for place, serial in last.items() if by_prefix[place.prefix].is_running_out(serial)]


def _place(holder: CodeHolder, formats: Formats) -> Place:
    return Place(formats[str(holder.kind)].prefix, prefecture_of(str(holder.region)))
