"""The containers' way in: settings from the secret files, then the command itself."""

import os
import sys
from pathlib import Path

SECRETS = Path("/run/secrets")


def settings_from_files(folder: Path) -> dict[str, str]:
    """The settings of all `*.env` files that the container was given: `NAME=value` lines."""
    lines = [line for path in sorted(folder.glob("*.env")) for line in path.read_text().splitlines()]
    return {name: value for name, found, value in (line.partition("=") for line in lines) if found}


def main() -> None:
    """Becomes the command, so that it gets the container's signals."""
    os.execvpe(sys.argv[1], sys.argv[1:], os.environ | settings_from_files(SECRETS))  # noqa: S606


if __name__ == "__main__":
    main()
