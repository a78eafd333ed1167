"""Checks between the fields of a form that more than one form has."""

from collections.abc import Iterator
from datetime import date

from shared.forms.conditions import Values
from shared.forms.form import Check
from shared.identifiers.citizen_id import parse_citizen_id
from shared.identifiers.invalid import InvalidValue
from shared.problems import FieldProblem

# 居民身份证（户口簿） in the dictionary of identity documents.
CITIZEN_ID = "01"


def in_order(first: str, last: str) -> Check:
    """The second of two days is not before the first; days are kept as YYYY-MM-DD and compare as texts."""

    def check(values: Values) -> Iterator[FieldProblem]:
        begins, ends = values.get(first), values.get(last)
        if begins and ends and ends < begins:
            zh = "结束时间早于开始时间，请核对两个日期是否填反。"
            en = "It ends before it begins; the two dates may be the wrong way round."
            yield FieldProblem(field=last, code="ends-before-it-begins", zh=zh, en=en)

    return check


def long_term(until: str, flag: str) -> Check:
    """Whoever chooses 长期 gives no last day beside it."""

    def check(values: Values) -> Iterator[FieldProblem]:
        if values.get(until) and values.get(flag):
            zh = "已选择“长期”，请不要再填写截止日期。"
            en = "长期 (long-term) was chosen: leave the last day empty."
            yield FieldProblem(field=until, code="long-term-or-last-day", zh=zh, en=en)

    return check


def identified(id_type: str, id_number: str) -> Check:
    """The number of a citizen's identity card is one; other documents have numbers of many forms."""

    def check(values: Values) -> Iterator[FieldProblem]:
        if values.get(id_type) != CITIZEN_ID or not values.get(id_number):
            return
        try:
            parse_citizen_id(values[id_number], date.max)
        except InvalidValue as wrong:
            yield wrong.at(id_number)

    return check
