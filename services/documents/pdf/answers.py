"""In what form a worker answers: data alone, since a hostile file that takes a worker over speaks through it.

On the pipe an answer is its head (how the task ended, how many pieces follow) and its pieces, each after its
length. The first piece is a structure in JSON; the others are the byte strings that belong into it, raw, which it
names by their number. Importable under one name from both sides; what the service takes of it, `forms` says.
"""

import struct
from enum import IntEnum
from itertools import chain

import orjson

HEAD = struct.Struct(">BH")
LENGTH = struct.Struct(">Q")
WORDS_LIMIT = 1000


class How(IntEnum):
    """How a task ended: with its result, by a refusal of the paper, by a mistake of ours, for want of memory."""

    DONE = 1
    REFUSED = 2
    FAILED = 3
    OUT_OF_MEMORY = 4


def written(how: How, what: object = None) -> list[bytes]:
    """The answer as it goes into the pipe; raises TypeError for anything but data. No byte string is copied."""
    carried: list[bytes] = []

    def number(thing: object) -> int:
        if not isinstance(thing, bytes):
            raise TypeError(f"no answer carries a {type(thing).__name__}")
        carried.append(thing)
        return len(carried) - 1

    pieces = [orjson.dumps(what, default=number), *carried]
    measured = ((LENGTH.pack(len(piece)), piece) for piece in pieces)
    return [HEAD.pack(how, len(pieces)), *chain.from_iterable(measured)]


def words(problem: Exception) -> str:
    """A mistake of ours as it is told to the service."""
    told = f"{type(problem).__name__}: {problem}"[:WORDS_LIMIT]
    return told.encode("utf-8", "replace").decode("utf-8")
