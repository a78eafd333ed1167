"""What passes between the workshop and its workers; importable under one name from both sides."""

import struct
from typing import Any, Literal, NamedTuple

LENGTH = struct.Struct(">Q")


class Answer(NamedTuple):
    """What came of a task: its result, or what it raised, or that the memory ran out."""

    how: Literal["ready", "done", "raised", "out-of-memory"]
    what: Any = None
