"""What records of a kind are imported as: their form, and the kind of provider that they belong to."""

from dataclasses import dataclass

from services.registry.records.subject import Subject


@dataclass(frozen=True, slots=True)
class ImportKind:
    """A kind of record that workbooks hold; `provider` is the kind that it belongs to, unless it is one itself."""

    subject: Subject
    provider: Subject | None = None

    @property
    def needed(self) -> tuple[str, ...]:
        """The columns without which no row is understood."""
        form = self.subject.form
        return tuple(one.name for one in form.fields if one.in_drafts and one.name != "id_type")
