"""What a user sees of work that takes a while: named steps and their time; what tools print goes to a log."""

import os
import subprocess
import sys
import threading
import time
import unicodedata
from collections.abc import Mapping, Sequence
from pathlib import Path
from shutil import get_terminal_size
from typing import Self, TextIO

ROOT = Path(__file__).resolve().parents[2]
SET_UP_LOG = ROOT / ".local" / "log" / "set-up.log"
LINES_SHOWN = 15
TICK_SECONDS, PLAIN_TICK_SECONDS = 0.5, 30.0
# Below this a step is done before anybody wonders.
SHOWN_FROM_SECONDS = 1.0


class Steps:
    """One step after the other; on a terminal the running one shows its seconds and the log's last line."""

    def __init__(self, log: Path = SET_UP_LOG, screen: TextIO | None = None) -> None:
        self.log = log
        self._screen = screen or sys.stdout
        self._live = self._screen.isatty() and os.environ.get("TERM") != "dumb"
        self._title: str | None = None
        self._began = 0.0
        self._log_began = 0
        self._ended = threading.Event()
        self._ticker: threading.Thread | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self.finish()
        else:
            self.fail()

    def begin(self, title: str) -> None:
        """Ends the step before, if there is one, and shows the next."""
        self.finish()
        self._title, self._began, self._log_began = title, time.monotonic(), self._log_size()
        if not self._live:
            self._say(f"· {title}")
        self._ended = threading.Event()
        self._ticker = threading.Thread(target=self._tick, args=(self._ended,), daemon=True)
        self._ticker.start()

    def finish(self) -> None:
        """Marks the running step as done."""
        if self._title is None:
            return
        title, seconds = self._end()
        if self._live:
            self._say(f"\r\x1b[K✓ {title}  {seconds:.0f} s")
        elif seconds >= SHOWN_FROM_SECONDS:
            self._say(f"  ✓ {seconds:.0f} s")

    def fail(self, lines_shown: int = LINES_SHOWN) -> None:
        """Marks the running step as failed, and shows how its part of the log ends."""
        if self._title is None:
            return
        title, seconds = self._end()
        self._say(("\r\x1b[K" if self._live else "") + f"✗ {title}  {seconds:.0f} s")
        lines = self._logged().splitlines()[-lines_shown:]
        if lines:
            self._say("\n".join(f"    {line}" for line in lines))
            self._say(f"    日志 / log: {self.log}")

    def run(
        self, command: Sequence[str], *, cwd: Path = ROOT, environment: Mapping[str, str] | None = None
    ) -> bool:
        """Runs a program that writes to the log; whether it succeeded, False also where it is not there."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            log.write(f"$ {' '.join(command)}\n".encode())
            log.flush()
            try:
                finished = subprocess.run(
                    command,
                    check=False,
                    cwd=cwd,
                    env=environment,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                )
            except OSError as error:
                log.write(f"{error}\n".encode())
                return False
        return finished.returncode == 0

    def _end(self) -> tuple[str, float]:
        title, seconds = str(self._title), time.monotonic() - self._began
        self._title = None
        self._ended.set()
        if self._ticker is not None:
            self._ticker.join()
        return title, seconds

    def _tick(self, ended: threading.Event) -> None:
        """Keeps the running step's line alive; without a terminal, says now and then that it goes on."""
        title = self._title
        while not ended.wait(TICK_SECONDS if self._live else PLAIN_TICK_SECONDS):
            line = f"· {title}  {time.monotonic() - self._began:.0f} s"
            if self._live:
                last = self._logged().rstrip().rpartition("\n")[2]
                self._screen.write("\r\x1b[K" + _cut(f"{line}  {last}", get_terminal_size().columns - 1))
                self._screen.flush()
            else:
                self._say(f"  … {line.rpartition('  ')[2]}")

    def _say(self, text: str) -> None:
        print(text, file=self._screen, flush=True)

    def _log_size(self) -> int:
        return self.log.stat().st_size if self.log.exists() else 0

    def _logged(self) -> str:
        """What was written to the log since the step began."""
        if not self.log.exists():
            return ""
        with self.log.open("rb") as log:
            log.seek(self._log_began)
            return log.read().decode(errors="replace")


def again() -> str:
    """The command that the user gave, to be given once more."""
    words = sys.argv[1:]
    if "MAKELEVEL" in os.environ and words:
        arguments = f' ARGS="{" ".join(words[1:])}"' if words[1:] else ""
        return f"make {words[0]}{arguments}"
    return f"python3 -m deploy {' '.join(words)}".rstrip()


def _cut(text: str, columns: int) -> str:
    """The beginning of a text that fits into so many columns; an ideograph takes two."""
    taken = 0
    for index, character in enumerate(text):
        taken += 2 if unicodedata.east_asian_width(character) in "WF" else 1
        if taken > columns:
            return text[:index]
    return text
