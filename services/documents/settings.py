"""What the documents service is told by its environment, beside what every service is."""

from pydantic import Field

from services.documents.workers.limits import WorkerLimits
from shared.settings import Settings

MEGABYTE = 1024 * 1024


class DocumentsSettings(Settings):
    """Where files are kept, how much one upload may be, and what reading hostile files may cost.

    `files_url` is `file:///folder` or `s3://bucket/prefix`; access to S3 comes from the AWS_* variables.
    With `worker_pool_confined` the service starts only where workers give up every right that they do not need.
    """

    files_url: str
    upload_limit_mb: int = Field(default=50, ge=1)
    worker_pool_workers: int = Field(default=2, ge=1)
    worker_pool_memory_mb: int = Field(default=1024, ge=256)
    worker_pool_seconds: float = Field(default=25.0, gt=0)
    worker_pool_account_limit: int = Field(default=6, ge=1)
    worker_pool_confined: bool = False
    # How long an uploaded document stays that no record refers to.
    unreferenced_days: int = Field(default=90, ge=1)

    @property
    def upload_bytes(self) -> int:
        """The limit of one upload in bytes."""
        return self.upload_limit_mb * MEGABYTE

    @property
    def worker_pool(self) -> WorkerLimits:
        """The limits of the worker pool."""
        return WorkerLimits(
            workers=self.worker_pool_workers,
            memory_bytes=self.worker_pool_memory_mb * MEGABYTE,
            task_seconds=self.worker_pool_seconds,
            account_limit=self.worker_pool_account_limit,
            confined=self.worker_pool_confined,
        )
