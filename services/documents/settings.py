"""The settings of the documents service, beside those of every service with a worker pool."""

from pydantic import Field

from shared.workers.settings import MEGABYTE, WorkerPoolSettings


class DocumentsSettings(WorkerPoolSettings):
    """Where files are kept, and how much one upload may be.

    `files_url` is `file:///folder` or `s3://bucket/prefix`; access to S3 comes from the AWS_* variables.
    """

    files_url: str
    upload_limit_mb: int = Field(default=50, ge=1)
    # How long an uploaded document stays that no record refers to.
    unreferenced_days: int = Field(default=90, ge=1)

    @property
    def upload_bytes(self) -> int:
        """The limit of one upload in bytes."""
        return self.upload_limit_mb * MEGABYTE
