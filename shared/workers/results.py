"""What the service accepts from its workers: only answers that fit the function that was called.

A hostile file that has taken a worker over can say what it likes: it is read as data of a known type, or not at
all.
"""

from collections.abc import Callable, Sequence
from functools import cache
from string import Formatter
from typing import Annotated, Any, NamedTuple, get_type_hints

from pydantic import BaseModel, BeforeValidator, Field, TypeAdapter, ValidationError, ValidationInfo

from shared.problems import RuleBroken
from shared.workers.problems import refusals
from shared.workers.protocol import ERROR_LIMIT, TRACE_LIMIT, Outcome

STRUCTURE_LIMIT = 64 * 1024


class TaskFailed(Exception):
    """A task ended by a mistake of ours; the worker's traceback is a note of the exception."""


class Answer(NamedTuple):
    """What came of a task: its result where it is done, else the exception for its caller, if there is one."""

    outcome: Outcome
    value: Any = None


def _raw_bytes(number: object, info: ValidationInfo) -> bytes:
    pieces: Sequence[bytes] = info.context or ()
    if isinstance(number, int) and 0 <= number < len(pieces):
        return pieces[number]
    raise ValueError("no such piece")


RawBytes = Annotated[bytes, BeforeValidator(_raw_bytes)]
"""A byte string in what a task returns: it travels beside the structure, raw."""


class _Refusal(BaseModel, extra="forbid"):
    """A refusal by its code, with the facts that its messages name and no others."""

    code: str
    facts: dict[str, Annotated[int, Field(ge=0, lt=2**53)] | Annotated[str, Field(max_length=200)]]

    def exception(self) -> RuleBroken:
        rule = next((one for one in refusals() if one.code == self.code), None)
        if rule is None or self.facts.keys() != facts_of(rule):
            raise ValueError("no refusal of a file has this code and these facts")
        return rule(fields=(), **self.facts)


class _Failure(BaseModel, extra="forbid"):
    """A mistake of ours, in words."""

    error: Annotated[str, Field(max_length=ERROR_LIMIT)]
    trace: Annotated[str, Field(max_length=TRACE_LIMIT)]

    def exception(self) -> TaskFailed:
        failed = TaskFailed(self.error)
        failed.add_note(self.trace)
        return failed


_REFUSAL = TypeAdapter(_Refusal)
_FAILURE = TypeAdapter(_Failure)
NOTHING: TypeAdapter[Any] = TypeAdapter(None)


@cache
def result_type(function: Callable[..., Any]) -> TypeAdapter[Any]:
    """The type of what a function returns, by its annotation; byte strings in it must be `RawBytes`."""
    return TypeAdapter(get_type_hints(function, include_extras=True)["return"])


def facts_of(rule: type[RuleBroken]) -> set[str]:
    """The names of the facts that a rule's messages have places for."""
    texts = (rule.zh, rule.en, rule.next_zh, rule.next_en)
    return {name for text in texts for _, name, _, _ in Formatter().parse(text) if name is not None}


def decode(outcome: int, pieces: Sequence[bytes], result: TypeAdapter[Any]) -> Answer:
    """The answer to a task whose result has this type; raises ValueError where it is none."""
    structure, *raw = pieces
    try:
        return Answer(Outcome(outcome), _value(Outcome(outcome), structure, raw, result))
    except ValidationError as misfit:
        # Counted, not quoted: the rest of what it says is the hostile worker's own text, and may be long.
        raise ValueError(f"{misfit.error_count()} misfits in {misfit.title}") from None


def _value(outcome: Outcome, structure: bytes, raw: list[bytes], result: TypeAdapter[Any]) -> Any:
    match outcome:
        case Outcome.DONE:
            return result.validate_json(structure, strict=True, context=raw)
        case Outcome.REFUSED:
            return _REFUSAL.validate_json(structure, strict=True).exception()
        case Outcome.FAILED:
            return _FAILURE.validate_json(structure, strict=True).exception()
        case Outcome.OUT_OF_MEMORY:
            return NOTHING.validate_json(structure, strict=True)
