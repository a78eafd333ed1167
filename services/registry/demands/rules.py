"""What a local demand is, who sets it, and how it extends the form of a record (INS-13, REV-9)."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Self
from uuid import UUID

from services.registry.effective_dates import effective_at
from shared.contracts.registry.events import LocalDemand
from shared.forms.conditions import ALWAYS
from shared.forms.form import AttachmentField, Form
from shared.identifiers.characters import level_text
from shared.identifiers.invalid import InvalidValue, parse_fields
from shared.problems import FieldProblem, FieldsRefused, NotFound
from shared.security.caller import Caller

_UUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_FIELD = re.compile(f"local\\.{_UUID}")
_EXCHANGE = "local_demand_doc"


@dataclass(frozen=True, slots=True)
class DemandVersion:
    """A version of a demand: the title of the attachment, why it is asked for, and from when on it applies.

    Versions are added and never changed: the latest that is effective applies. One that is not active ends the
    demand.
    """

    demand_id: UUID
    kind: str
    region: str
    unit_id: UUID
    title: str
    explanation: str
    active: bool
    effective_from: datetime
    set_at: datetime
    set_by: UUID

    def next(self, caller: Caller, wanted: "DemandText", now: datetime, *, active: bool) -> Self:
        """The version by which its own unit changes or ends it; others do not see that there is one."""
        NotFound.unless(caller.unit_id == self.unit_id)
        return replace(
            self,
            title=wanted.title,
            explanation=wanted.explanation,
            active=active,
            effective_from=effective_at(wanted.effective_from, now),
            set_at=now,
            set_by=caller.account_id,
        )


@dataclass(frozen=True, slots=True)
class DemandText:
    """What a unit gives: the attachment's title, why it is asked for, and from when on."""

    title: str
    explanation: str
    effective_from: datetime | None

    @classmethod
    def of(cls, title: str, explanation: str, effective_from: datetime | None) -> Self:
        """Raises FieldsRefused for texts that are empty or cannot be shown."""
        given = {"title": lambda: _text(title), "explanation": lambda: _text(explanation)}
        values, problems = parse_fields(given)
        if problems:
            raise FieldsRefused(fields=tuple(problems))
        return cls(values["title"], values["explanation"], effective_from)


def _text(given: str) -> str:
    text = level_text(given)
    if not text:
        raise InvalidValue("missing", "此项不能为空。", "This field cannot be empty.")
    return text


def first_version(demand_id: UUID, caller: Caller, kind: str, wanted: DemandText, now: datetime) -> DemandVersion:
    """A demand of the caller's unit for its region and below."""
    if caller.unit_id is None:
        raise NotFound
    return DemandVersion(
        demand_id,
        kind,
        caller.region,
        caller.unit_id,
        wanted.title,
        wanted.explanation,
        active=True,
        effective_from=effective_at(wanted.effective_from, now),
        set_at=now,
        set_by=caller.account_id,
    )


def field_of(demand_id: UUID) -> str:
    """The name of the attachment that meets a demand."""
    return f"local.{demand_id}"


def is_demanded_field(name: str) -> bool:
    """Whether an attachment's name is that of a demand."""
    return _FIELD.fullmatch(name) is not None


def extended(form: Form, demands: Sequence[LocalDemand]) -> Form:
    """The form with the demanded attachments, each required."""
    if not demands:
        return form
    more = (AttachmentField(one.field, _EXCHANGE, one.title, one.title, ALWAYS) for one in demands)
    return replace(form, attachments=(*form.attachments, *more))


def unknown_fields(
    given: Collection[str], stored: Collection[str], demands: Sequence[LocalDemand]
) -> list[FieldProblem]:
    """Lists attachments that no demand asks for, unless they are attached already and are taken away."""
    known = {*stored, *(one.field for one in demands)}
    return [
        FieldProblem(field=name, code="no-such-field", zh="没有这一项。", en="There is no such field.")
        for name in given
        if is_demanded_field(name) and name not in known
    ]
