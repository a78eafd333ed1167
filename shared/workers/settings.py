"""The settings of a service with a worker pool."""

from pydantic import Field

from shared.settings import Settings
from shared.workers.limits import WorkerLimits

MEGABYTE = 1024 * 1024


class WorkerPoolSettings(Settings):
    """What reading hostile files may cost.

    With `worker_pool_confined` the service starts only where workers give up every right that they do not need.
    """

    worker_pool_workers: int = Field(default=2, ge=1)
    worker_pool_memory_mb: int = Field(default=1024, ge=256)
    worker_pool_seconds: float = Field(default=25.0, gt=0)
    worker_pool_account_limit: int = Field(default=6, ge=1)
    worker_pool_confined: bool = False

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
