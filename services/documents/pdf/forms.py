"""What the service takes from its workers: only answers that fit the function that was asked for.

A hostile file that has taken a worker over can say what it likes: it is read as data of a known form, or not at
all.
"""

from collections.abc import Callable, Sequence
from functools import cache
from string import Formatter
from typing import Annotated, Any, NamedTuple, get_type_hints

from pydantic import BaseModel, BeforeValidator, Field, TypeAdapter, ValidationError, ValidationInfo

from services.documents.pdf.answers import WORDS_LIMIT, How
from services.documents.pdf.errors import REFUSALS
from shared.problems import RuleBroken

STRUCTURE_LIMIT = 64 * 1024


class TaskFailed(Exception):
    """A task ended by a mistake of ours, told in words; where it was made stands in the worker's error stream."""


class Answer(NamedTuple):
    """What came of a task: its result where it is done, else the exception for its caller, if there is one."""

    how: How
    what: Any = None


def _carried(number: object, info: ValidationInfo) -> bytes:
    pieces: Sequence[bytes] = info.context or ()
    if isinstance(number, int) and 0 <= number < len(pieces):
        return pieces[number]
    raise ValueError("no such piece")


Carried = Annotated[bytes, BeforeValidator(_carried)]
"""A byte string in what a task returns: it travels beside the structure, raw."""


class _Refusal(BaseModel, extra="forbid"):
    """A refusal by its code, with the facts that its messages tell and no others."""

    code: str
    facts: dict[str, Annotated[int, Field(ge=0, lt=2**53)] | Annotated[str, Field(max_length=200)]]

    def exception(self) -> RuleBroken:
        rule = REFUSALS.get(self.code)
        if rule is None or self.facts.keys() != facts_of(rule):
            raise ValueError("no refusal of a paper has this code and these facts")
        return rule(fields=(), **self.facts)


_REFUSAL = TypeAdapter(_Refusal)
_WORDS = TypeAdapter(Annotated[str, Field(max_length=WORDS_LIMIT)])
NOTHING: TypeAdapter[Any] = TypeAdapter(None)


@cache
def form_of(function: Callable[..., Any]) -> TypeAdapter[Any]:
    """The form of what a function returns, by its annotation; byte strings in it must be `Carried`."""
    return TypeAdapter(get_type_hints(function, include_extras=True)["return"])


def facts_of(rule: type[RuleBroken]) -> set[str]:
    """The names of the facts that a rule's messages tell."""
    texts = (rule.zh, rule.en, rule.next_zh, rule.next_en)
    return {name for text in texts for _, name, _, _ in Formatter().parse(text) if name is not None}


def read(how: int, pieces: Sequence[bytes], form: TypeAdapter[Any]) -> Answer:
    """The answer to a task whose result has this form; raises ValueError where it is none."""
    structure, *carried = pieces
    try:
        return Answer(How(how), _what(How(how), structure, carried, form))
    except ValidationError as misfit:
        # Counted, not quoted: the rest of what it says is the hostile worker's own text, and may be long.
        raise ValueError(f"{misfit.error_count()} misfits in {misfit.title}") from None


def _what(how: How, structure: bytes, carried: list[bytes], form: TypeAdapter[Any]) -> Any:
    match how:
        case How.DONE:
            return form.validate_json(structure, strict=True, context=carried)
        case How.REFUSED:
            return _REFUSAL.validate_json(structure, strict=True).exception()
        case How.FAILED:
            return TaskFailed(_WORDS.validate_json(structure, strict=True))
        case How.OUT_OF_MEMORY:
            return NOTHING.validate_json(structure, strict=True)
