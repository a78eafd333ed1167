"""Describes a form to clients: for the web client, the import template, and as JSON Schema."""

from datetime import date
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, JsonValue, WithJsonSchema

from shared.forms.dictionaries import Dictionary
from shared.forms.form import AttachmentField, Field, Form


class FieldDescription(BaseModel):
    """A field: labels, kind with its settings, and the conditions under which it applies and is required."""

    model_config = ConfigDict(frozen=True)

    name: str
    exchange: str
    label_zh: str
    label_en: str
    kind: dict[str, JsonValue]
    required: dict[str, JsonValue]
    applies: dict[str, JsonValue]
    example: str
    private: bool


class AttachmentDescription(BaseModel):
    """A document that belongs to the form."""

    model_config = ConfigDict(frozen=True)

    name: str
    exchange: str
    label_zh: str
    label_en: str
    required: dict[str, JsonValue]


class SectionDescription(BaseModel):
    """Fields and attachments that are shown together."""

    model_config = ConfigDict(frozen=True)

    label_zh: str
    label_en: str
    names: tuple[str, ...]


class NoticeDescription(BaseModel):
    """What is said to whoever fills in the form, with a stable code."""

    model_config = ConfigDict(frozen=True)

    code: str
    zh: str
    en: str


class FormDescription(BaseModel):
    """A form as clients show it; the codes of a choice are in the dictionary that its kind names."""

    model_config = ConfigDict(frozen=True)

    kind: str
    edition: str
    label_zh: str
    label_en: str
    fields: tuple[FieldDescription, ...]
    attachments: tuple[AttachmentDescription, ...]
    sections: tuple[SectionDescription, ...]
    notices: tuple[NoticeDescription, ...]


class EntryView(BaseModel):
    """A code with its name and, where it is not valid for ever, its first and last day."""

    model_config = ConfigDict(from_attributes=True)

    code: str
    name: str
    name_en: str
    valid_from: date | None
    valid_until: date | None


class DictionaryView(BaseModel):
    """A dictionary in display order: the published edition, and the number of changes since (`revision`)."""

    name: str
    edition: str
    revision: int
    source: str
    entries: list[EntryView]

    @classmethod
    def of(cls, one: Dictionary) -> Self:
        """Describes a dictionary."""
        entries = [EntryView.model_validate(entry) for entry in one.entries]
        return cls(name=one.name, edition=one.edition, revision=one.revision, source=one.source, entries=entries)


def description(form: Form) -> FormDescription:
    """Describes a form."""
    sections = [SectionDescription(label_zh=one.zh, label_en=one.en, names=one.names) for one in form.sections]
    return FormDescription(
        kind=form.kind,
        edition=form.edition,
        label_zh=form.zh,
        label_en=form.en,
        fields=tuple(map(_field, form.fields)),
        attachments=tuple(map(_attachment, form.attachments)),
        sections=tuple(sections),
        notices=tuple(NoticeDescription(**one._asdict()) for one in form.notices),
    )


def _field(one: Field) -> FieldDescription:
    return FieldDescription(
        name=one.name,
        exchange=one.exchange,
        label_zh=one.zh,
        label_en=one.en,
        kind=one.kind.describe(),
        required=one.required.describe(),
        applies=one.applies.describe(),
        example=one.example,
        private=one.private,
    )


def _attachment(one: AttachmentField) -> AttachmentDescription:
    return AttachmentDescription(
        name=one.name,
        exchange=one.exchange,
        label_zh=one.zh,
        label_en=one.en,
        required=one.required.describe(),
    )


def values_type(form: Form) -> Any:
    """Returns the type of a form's stored values for a pydantic model, so that OpenAPI shows every field."""
    return Annotated[dict[str, JsonValue], values_schema(form)]


def given_type(form: Form) -> Any:
    """Returns the type of values in a request: null clears a field; the form refuses wrong ones, not the model."""
    return Annotated[dict[str, JsonValue], given_schema(form)]


def values_schema(form: Form) -> WithJsonSchema:
    """Returns the JSON Schema of a form's stored values."""
    return _schema({one.name: {**one.kind.schema(), "description": f"{one.zh} {one.en}"} for one in form.fields})


def given_schema(form: Form) -> WithJsonSchema:
    """Returns the JSON Schema of values in a request."""
    return _schema(
        {
            one.name: {"anyOf": [one.kind.schema(), {"type": "null"}], "description": f"{one.zh} {one.en}"}
            for one in form.fields
        }
    )


def _schema(properties: dict[str, Any]) -> WithJsonSchema:
    return WithJsonSchema({"type": "object", "properties": properties, "additionalProperties": False})
