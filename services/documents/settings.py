"""What the documents service is told by its environment, beside what every service is."""

from pydantic import Field

from services.documents.paper.workshop import WorkshopLimits
from shared.settings import Settings

MEGABYTE = 1024 * 1024


class DocumentsSettings(Settings):
    """Where files are kept, how much one upload may be, and what reading strangers' files may cost.

    `files_url` is `file:///folder` or `s3://bucket/prefix`; access to S3 comes from the AWS_* variables.
    """

    files_url: str
    upload_limit_mb: int = Field(default=50, ge=1)
    workshop_workers: int = Field(default=2, ge=1)
    workshop_memory_mb: int = Field(default=1024, ge=256)
    workshop_seconds: float = Field(default=25.0, gt=0)

    @property
    def upload_bytes(self) -> int:
        """The limit of one upload in bytes."""
        return self.upload_limit_mb * MEGABYTE

    @property
    def workshop(self) -> WorkshopLimits:
        """The limits of the workshop."""
        return WorkshopLimits(
            workers=self.workshop_workers,
            memory_bytes=self.workshop_memory_mb * MEGABYTE,
            task_seconds=self.workshop_seconds,
        )
