"""Refused values and remarks on accepted ones, each with a stable code and the reason in Chinese and English."""

from collections.abc import Callable, Mapping
from typing import NamedTuple, TypeVar

from shared.problems import FieldProblem

T = TypeVar("T")


class Remark(NamedTuple):
    """A note on an unusual value that is accepted."""

    code: str
    zh: str
    en: str

    def at(self, field: str) -> FieldProblem:
        """Returns the remark as a problem of a form's field."""
        return FieldProblem(field=field, code=self.code, zh=self.zh, en=self.en)


class InvalidValue(ValueError):
    """A value that is refused."""

    def __init__(self, code: str, zh: str, en: str) -> None:
        super().__init__(code)
        self.code, self.zh, self.en = code, zh, en

    def at(self, field: str) -> FieldProblem:
        """Returns the reason as a problem of a form's field."""
        return FieldProblem(field=field, code=self.code, zh=self.zh, en=self.en)


def parse_fields(parsers: Mapping[str, Callable[[], T]]) -> tuple[dict[str, T], list[FieldProblem]]:
    """Parses each field; returns the valid values, and the problems of the others."""
    values: dict[str, T] = {}
    problems = []
    for field, parse in parsers.items():
        try:
            values[field] = parse()
        except InvalidValue as wrong:
            problems.append(wrong.at(field))
    return values, problems
