"""What the workers of a pool load before they give up their rights, and may read afterwards."""

from dataclasses import dataclass
from pathlib import Path

FILES_VARIABLE = "FUMA_WORKER_FILES"


@dataclass(frozen=True, slots=True)
class WorkerCode:
    """The modules whose functions workers call, files that they read, and variables that are passed on to them."""

    modules: tuple[str, ...]
    files: tuple[Path, ...] = ()
    variables: tuple[str, ...] = ()

    def with_modules(self, *modules: str) -> "WorkerCode":
        """The code with further modules."""
        return WorkerCode((*self.modules, *modules), self.files, self.variables)
