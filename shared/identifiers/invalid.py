"""A value that cannot be taken, and one that is taken with a remark: a stable code and the reason, zh and en."""

from collections.abc import Callable, Mapping
from typing import NamedTuple, TypeVar

from shared.problems import FieldProblem

T = TypeVar("T")


class Remark(NamedTuple):
    """What is unusual about a value and worth a second look, without being refused."""

    code: str
    zh: str
    en: str

    def at(self, field: str) -> FieldProblem:
        """The remark as one on a field of a form."""
        return FieldProblem(field=field, code=self.code, zh=self.zh, en=self.en)


class InvalidValue(ValueError):
    """A value that cannot be taken."""

    def __init__(self, code: str, zh: str, en: str) -> None:
        super().__init__(code)
        self.code, self.zh, self.en = code, zh, en

    def at(self, field: str) -> FieldProblem:
        """The reason as one at a field of a form."""
        return FieldProblem(field=field, code=self.code, zh=self.zh, en=self.en)


def parse_fields(parsers: Mapping[str, Callable[[], T]]) -> tuple[dict[str, T], list[FieldProblem]]:
    """Runs the parser of each field: the values of those that are right, the reasons of those that are not."""
    values: dict[str, T] = {}
    problems = []
    for field, parse in parsers.items():
        try:
            values[field] = parse()
        except InvalidValue as wrong:
            problems.append(wrong.at(field))
    return values, problems
