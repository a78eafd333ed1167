"""One worker of the pool: takes a task from its standard input, answers on its standard output.

Started as `python -m shared.workers.worker MEMORY_BYTES TASK_SECONDS [MODULE …]`. The modules are
loaded while the process still has its rights; then it gives them up, and tells how far it is confined. It has its
own two pipes and shares no lock with anybody, so that it can be killed at any moment without harming another one.
"""

import importlib
import logging
import os
import pickle
import resource
import signal
import sys
from typing import BinaryIO

from shared.workers.problems import FileRefused
from shared.workers.protocol import LENGTH, Outcome, describe, encode
from shared.workers.sandbox import confine

_GRACE_SECONDS = 5


def main() -> None:
    """Works until the standard input closes, which is when the service has gone."""
    memory_bytes, task_seconds = int(sys.argv[1]), float(sys.argv[2])
    for name in sys.argv[3:]:
        importlib.import_module(name)
    # What a library has to say about a hostile file is for nobody; what is refused is answered as a refusal.
    logging.disable(logging.CRITICAL)
    tasks, answers = _take_pipes()
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    _send(answers, encode(Outcome.DONE, confine()))
    while (length := tasks.read(LENGTH.size)) and len(length) == LENGTH.size:
        # Should the service die in the middle of a task, nobody else would end a worker that hangs.
        signal.setitimer(signal.ITIMER_REAL, task_seconds + _GRACE_SECONDS)
        _send(answers, _answer(tasks.read(*LENGTH.unpack(length))))
        signal.setitimer(signal.ITIMER_REAL, 0)


def _take_pipes() -> tuple[BinaryIO, BinaryIO]:
    """The pipes to the service; whatever a library prints, or a hostile file writes into the log, goes nowhere."""
    answers = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(nowhere, stream)
    os.close(nowhere)
    return sys.stdin.buffer, answers


def _answer(task: bytes) -> list[bytes]:
    try:
        function, arguments = pickle.loads(task)  # noqa: S301 - written by the service that started this process
        return encode(Outcome.DONE, function(*arguments))
    except MemoryError:
        return encode(Outcome.OUT_OF_MEMORY)
    except Exception as error:  # noqa: BLE001 - all that a task raises is the caller's
        if isinstance(error, FileRefused):
            return encode(Outcome.REFUSED, {"code": error.code, "facts": error.facts})
        return encode(Outcome.FAILED, describe(error))


def _send(answers: BinaryIO, answer: list[bytes]) -> None:
    answers.writelines(answer)
    answers.flush()


if __name__ == "__main__":
    main()
