"""The base of every event: an immutable record of something that happened to one subject, in one region."""

from typing import Any, ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

Region = str
EventKey = tuple[str, UUID, int]


class Event(BaseModel):
    """Base of every event contract.

    `type` names the event permanently (`service.subject.happened.v1`: always four words, so that the region starts
    at the fifth word of the routing key). Adding an optional field keeps the version; any other change is a new
    version beside the old one. `public` types are sent to provincial systems: they carry no personal data.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    type: ClassVar[str]
    public: ClassVar[bool] = False

    subject_id: UUID = Field(description="The record that it happened to; events of one subject keep their order.")
    subject_version: int = Field(ge=0, description="Grows with every event of the subject in this service.")
    region: Region = Field(pattern=r"^[0-9]{6}$", description="The insurance region that it belongs to.")

    @property
    def key(self) -> EventKey:
        """Identifies the event: its type, its subject and the subject's version."""
        return self.type, self.subject_id, self.subject_version

    @classmethod
    def contract(cls) -> dict[str, Any]:
        """Returns the JSON Schema of the event's data, as it is committed and as AsyncAPI shows it."""
        return cls.model_json_schema(mode="serialization")
