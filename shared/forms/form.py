"""A form: its fields and attachments, each defined once."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from shared.forms.conditions import ALWAYS, NEVER, Condition, Values
from shared.forms.kinds import FieldKind, InsuranceRegion
from shared.identifiers.invalid import Remark
from shared.problems import FieldProblem

Check = Callable[[Values], Iterable[FieldProblem]]


@dataclass(frozen=True, slots=True)
class Field:
    """One field.

    `exchange` is its column in the national tables. `in_drafts` fields are prefilled in a new draft. A field that
    does not apply is left out. A `private` field is encrypted at rest and masked in events. `if_missing` is said
    where a required value is missing, if there is more to say than that.
    """

    name: str
    exchange: str
    zh: str
    en: str
    kind: FieldKind
    required: Condition = NEVER
    example: str = ""
    applies: Condition = ALWAYS
    in_drafts: bool = False
    private: bool = False
    if_missing: Remark | None = None


@dataclass(frozen=True, slots=True)
class AttachmentField:
    """A document that belongs to the form, all pages in one PDF (INS-12)."""

    name: str
    exchange: str
    zh: str
    en: str
    required: Condition


@dataclass(frozen=True, slots=True)
class Section:
    """Fields and attachments that are shown together, by their names."""

    zh: str
    en: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Form:
    """The definition of one kind of record, in one edition.

    `private` are the names of the private fields. `checks` find contradictions between fields, which are refused;
    `cautions` find what is unusual and worth a second look. `notices` are said to whoever fills it in.
    """

    kind: str
    edition: str
    zh: str
    en: str
    fields: tuple[Field, ...]
    attachments: tuple[AttachmentField, ...] = ()
    sections: tuple[Section, ...] = ()
    checks: tuple[Check, ...] = ()
    cautions: tuple[Check, ...] = ()
    notices: tuple[Remark, ...] = ()
    field_of: Mapping[str, Field] = field(init=False, repr=False, compare=False)
    private: frozenset[str] = field(init=False, repr=False, compare=False)
    attachment_of: Mapping[str, AttachmentField] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "field_of", {one.name: one for one in self.fields})
        object.__setattr__(self, "private", frozenset(one.name for one in self.fields if one.private))
        object.__setattr__(self, "attachment_of", {one.name: one for one in self.attachments})

    def regions_in(self, values: Mapping[str, Any]) -> list[str]:
        """Lists the insurance regions that the values mention, to be looked up before parsing."""
        found = (values.get(one.name) for one in self.fields if isinstance(one.kind, InsuranceRegion))
        return [value for value in found if isinstance(value, str)]
