"""One worker of the worker pool: takes a task from its standard input, answers on its standard output.

Started as `python -m services.documents.pdf.worker MEMORY_BYTES TASK_SECONDS [MODULE …]`; the modules are
loaded beforehand, so that the first task is as fast as the others. It has its own two pipes and shares no lock
with anybody, so that it can be killed at any moment without harming another one.
"""

import importlib
import logging
import os
import pickle
import resource
import signal
import sys
import traceback
from typing import BinaryIO

from services.documents.pdf.answers import LENGTH, How, words, written

_GRACE_SECONDS = 5


def main() -> None:
    """Works until the standard input closes, which is when the service has gone."""
    memory_bytes, task_seconds = int(sys.argv[1]), float(sys.argv[2])
    tasks, answers = _own_pipes()
    # What a library has to say about a stranger's file is for nobody; what it refuses is told as a refusal.
    logging.disable(logging.CRITICAL)
    for name in sys.argv[3:]:
        importlib.import_module(name)
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _send(answers, written(How.DONE))
    while (length := tasks.read(LENGTH.size)) and len(length) == LENGTH.size:
        # Should the service die in the middle of a task, nobody else would end a worker that hangs.
        signal.setitimer(signal.ITIMER_REAL, task_seconds + _GRACE_SECONDS)
        _send(answers, _answer(tasks.read(*LENGTH.unpack(length))))
        signal.setitimer(signal.ITIMER_REAL, 0)


def _own_pipes() -> tuple[BinaryIO, BinaryIO]:
    """The pipes to the service; whatever a library prints goes to the error stream instead."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return sys.stdin.buffer, answers


def _answer(task: bytes) -> list[bytes]:
    try:
        function, arguments = pickle.loads(task)  # noqa: S301 - written by the service that started this process
        return written(How.DONE, function(*arguments))
    except MemoryError:
        return written(How.OUT_OF_MEMORY)
    except Exception as problem:  # noqa: BLE001 - all that a task raises is the caller's
        return _raised(problem)


def _raised(problem: Exception) -> list[bytes]:
    from services.documents.pdf.errors import REFUSALS
    from shared.problems import RuleBroken

    if isinstance(problem, RuleBroken) and type(problem) in REFUSALS.values():
        return written(How.REFUSED, {"code": problem.code, "facts": problem.facts})
    traceback.print_exception(problem, file=sys.stderr)
    return written(How.FAILED, words(problem))


def _send(answers: BinaryIO, answer: list[bytes]) -> None:
    answers.writelines(answer)
    answers.flush()


if __name__ == "__main__":
    main()
