"""How the demo reports what happens: a line, or a JSON object, for each step."""

import json
import time
from dataclasses import dataclass, field
from typing import Any, Protocol


class Reporter(Protocol):
    """What each step is reported to."""

    def step(self, number: str, zh: str, en: str, **facts: Any) -> None:
        """A step has been taken."""


@dataclass(slots=True)
class LineReporter:
    """Tells a reader at a terminal."""

    began: float = field(default_factory=time.monotonic)

    def step(self, number: str, zh: str, en: str, **facts: Any) -> None:
        """A line with the time since the beginning."""
        shown = "  ".join(f"{key}={value}" for key, value in facts.items())
        print(f"{time.monotonic() - self.began:7.2f} s  {number:4} {zh}  {en}  {shown}".rstrip(), flush=True)


@dataclass(slots=True)
class JsonReporter:
    """Tells a program."""

    began: float = field(default_factory=time.monotonic)

    def step(self, number: str, zh: str, en: str, **facts: Any) -> None:
        """One JSON object."""
        step = {"step": number, "zh": zh, "en": en, "seconds": round(time.monotonic() - self.began, 3), **facts}
        print(json.dumps(step, ensure_ascii=False, default=str), flush=True)


@dataclass(slots=True)
class SilentReporter:
    """Keeps the steps for a test to look at."""

    steps: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def step(self, number: str, zh: str, en: str, **facts: Any) -> None:  # noqa: ARG002 - the protocol's
        """Remembers it."""
        self.steps.append((number, facts))
