"""How a worker answers: data alone, since a hostile file that takes a worker over speaks through it.

On the pipe an answer is its head (how the task ended, how many pieces follow) and its pieces, each after its
length. The first piece is a structure in JSON; the others are the byte strings that belong into it, raw, which it
names by their number. Worker and service both import this module; what the service accepts, `results` says.
"""

import struct
import traceback
from enum import IntEnum
from itertools import chain

import orjson

HEAD = struct.Struct(">BH")
LENGTH = struct.Struct(">Q")
ERROR_LIMIT, TRACE_LIMIT = 1000, 4000


class Outcome(IntEnum):
    """How a task ended: with its result, by a refusal of the file, by a mistake of ours, for want of memory."""

    DONE = 1
    REFUSED = 2
    FAILED = 3
    OUT_OF_MEMORY = 4


def encode(outcome: Outcome, value: object = None) -> list[bytes]:
    """The answer as it goes into the pipe; raises TypeError for anything but data. No byte string is copied."""
    raw: list[bytes] = []

    def number(thing: object) -> int:
        if not isinstance(thing, bytes):
            raise TypeError(f"no answer carries a {type(thing).__name__}")
        raw.append(thing)
        return len(raw) - 1

    pieces = [orjson.dumps(value, default=number), *raw]
    measured = ((LENGTH.pack(len(piece)), piece) for piece in pieces)
    return [HEAD.pack(outcome, len(pieces)), *chain.from_iterable(measured)]


def describe(error: Exception) -> dict[str, str]:
    """A mistake of ours, and the end of its traceback: a confined worker cannot write to the service's log."""
    trace = "".join(traceback.format_tb(error.__traceback__))
    return {
        "error": _valid(f"{type(error).__name__}: {error}"[:ERROR_LIMIT]),
        "trace": _valid(trace[-TRACE_LIMIT:]),
    }


def _valid(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")
