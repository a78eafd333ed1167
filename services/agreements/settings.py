"""The settings of the agreements service, beside those of every service."""

from pydantic import Field

from shared.settings import Settings


class AgreementSettings(Settings):
    """How often a run enters agreements into the official library, and how many in one transaction."""

    library_run_seconds: float = Field(default=60.0, gt=0)
    library_slice: int = Field(default=500, ge=1)
