"""What an agreement says: its form, its code lists, and the national table's names for its columns."""

import json
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from shared.clock import china_today
from shared.problems import FieldProblem, FieldsRefused

ShortText = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
LongText = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000)]
Codes = Annotated[tuple[str, ...], Field(max_length=50)]


class Choice(BaseModel):
    """One code of a list with its names."""

    model_config = ConfigDict(frozen=True)

    code: str
    zh: str
    en: str


class Choices(BaseModel):
    """The code lists that an agreement's form chooses from."""

    model_config = ConfigDict(frozen=True)

    agreement_type: tuple[Choice, ...]
    charging_level: tuple[Choice, ...]
    service_objects: tuple[Choice, ...]
    service_scope: tuple[Choice, ...]

    def codes(self, field: str) -> frozenset[str]:
        """The codes that a field may hold."""
        return frozenset(choice.code for choice in getattr(self, field))


CHOICES = Choices.model_validate(json.loads((Path(__file__).parent / "dictionaries.json").read_text("utf-8")))


class Terms(BaseModel):
    """The terms of an agreement as both parties read them; the charging level follows the agreement (INS-11)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    agreement_type: str
    name: ShortText
    sign_year: Annotated[int, Field(ge=1998, le=2100)]
    signed_on: date
    begins_on: date
    ends_on: date
    charging_level: str | None = None
    service_objects: Codes
    service_scope: Codes
    memo: LongText = ""


EXCHANGE_NAMES = {
    "agreement_type": "fix_cntr_type",
    "name": "fix_cntr_name",
    "sign_year": "cntr_sign_year",
    "signed_on": "cntr_sign_time",
    "begins_on": "begntime",
    "ends_on": "endtime",
    "charging_level": "fixmedins_chrg_lv",
    "service_objects": "fix_cntr_serv_obj",
    "service_scope": "fix_cntr_serv_scp",
    "memo": "memo",
}


def check(terms: Terms) -> None:
    """Raises FieldsRefused naming every field that is wrong; an agreement that has expired is not (AGR-6)."""
    problems = tuple(_problems(terms))
    if problems:
        raise FieldsRefused(fields=problems)


def _problems(terms: Terms) -> Iterator[FieldProblem]:
    yield from _unlisted("agreement_type", [terms.agreement_type])
    yield from _unlisted("charging_level", [terms.charging_level] if terms.charging_level is not None else [])
    for field in ("service_objects", "service_scope"):
        codes: Sequence[str] = getattr(terms, field)
        if not codes:
            yield FieldProblem(
                field=field, code="missing", zh="请至少选择一项。", en="Choose one of them at least."
            )
        if len(set(codes)) != len(codes):
            yield FieldProblem(field=field, code="repeated", zh="有重复的选项。", en="A choice is repeated.")
        yield from _unlisted(field, codes)
    if terms.ends_on < terms.begins_on:
        yield FieldProblem(
            field="ends_on",
            code="ends-before-it-begins",
            zh="结束时间早于开始时间，请核对两个日期是否填反。",
            en="It ends before it begins; the two dates may be the wrong way round.",
        )


def _unlisted(field: str, codes: Sequence[str]) -> Iterator[FieldProblem]:
    for code in sorted(set(codes) - CHOICES.codes(field)):
        yield FieldProblem(
            field=field,
            code="not-in-the-list",
            zh=f"代码 {code[:20]} 不在可选范围内，请从列表中选择。",
            en=f"Code {code[:20]} is not in the list; choose one of the list.",
        )


def has_expired(terms: Terms, now: datetime) -> bool:
    """Whether its last day has passed in China."""
    return terms.ends_on < china_today(now)


def exchanged(terms: Terms) -> dict[str, object]:
    """The terms under the national table's column names."""
    values = terms.model_dump(mode="json")
    return {EXCHANGE_NAMES[field]: value for field, value in values.items()}
