"""How the nation's unit changes a dictionary: entries are added and retired; none is removed or renamed."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Self
from uuid import UUID

from services.registry.dictionaries.problems import DictionaryFixed, EntryExists, EntryRetired
from shared.clock import china_today
from shared.forms.dictionaries import Dictionaries, Dictionary, Entry
from shared.identifiers.characters import level_text
from shared.identifiers.invalid import InvalidValue, parse_fields
from shared.identifiers.names import compared, level_name
from shared.identifiers.regions import NATION
from shared.problems import FieldProblem, FieldsRefused, NotFound, RoleRequired
from shared.security.caller import Caller

FIXED = frozenset({"division", "scope"})
"""The regions are loaded by edition, and the platform's own code knows the scopes."""

_CODE = re.compile(r"[0-9A-Za-z]{1,20}")
_LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class DictionaryChange:
    """A revision of a dictionary: an entry as it is from this revision on, and who decided it.

    `revision` counts the changes of a dictionary; `valid_until` is the last valid day.
    """

    dictionary: str
    revision: int
    code: str
    name: str
    name_en: str
    valid_from: date | None
    valid_until: date | None
    changed_by: UUID
    changed_at: datetime

    @classmethod
    def of(cls, caller: Caller, dictionary: Dictionary, entry: Entry, now: datetime) -> Self:
        """The next revision of a dictionary; raises RoleRequired and DictionaryFixed."""
        RoleRequired.unless(caller.region == NATION)
        DictionaryFixed.unless(dictionary.name not in FIXED, name=dictionary.name)
        return cls(
            dictionary=dictionary.name,
            revision=dictionary.revision + 1,
            code=entry.code,
            name=entry.name,
            name_en=entry.name_en,
            valid_from=entry.valid_from,
            valid_until=entry.valid_until,
            changed_by=caller.account_id,
            changed_at=now,
        )

    @property
    def entry(self) -> Entry:
        """The entry as it is from this revision on."""
        return Entry(self.code, self.name, self.valid_from, self.valid_until, self.name_en)


def revised(published: Dictionaries, changes: Iterable[DictionaryChange]) -> Dictionaries:
    """The dictionaries with all changes, which come in the order of their revisions; new entries come last."""
    of_each: dict[str, list[DictionaryChange]] = {}
    for change in changes:
        of_each.setdefault(change.dictionary, []).append(change)
    return {**published, **{name: _revised(published[name], found) for name, found in of_each.items()}}


def added(
    caller: Caller, dictionary: Dictionary, given: Mapping[str, str], valid_from: date | None, now: datetime
) -> DictionaryChange:
    """An entry is added, valid at once or from a day on.

    Raises FieldsRefused for a wrong code or name and for a first day in the past, and EntryExists.
    """
    problems = _in_the_past("valid_from", valid_from, now)
    values, found = parse_fields(
        {
            "code": lambda: _code(given["code"]),
            "name": lambda: _at_most(level_name(given["name"])),
            "name_en": lambda: _at_most(level_text(given["name_en"])),
        }
    )
    if found or problems:
        raise FieldsRefused(fields=(*found, *problems))
    entry = Entry(values["code"], values["name"], valid_from, None, values["name_en"])
    change = DictionaryChange.of(caller, dictionary, entry, now)
    if existing := _same(dictionary, entry, china_today(now)):
        raise EntryExists(name=dictionary.name, existing=existing.code, existing_name=existing.name)
    return change


def retired(
    caller: Caller, dictionary: Dictionary, code: str, retired_from: date, now: datetime
) -> DictionaryChange:
    """An entry cannot be chosen from a day on; records that have it keep it.

    Raises NotFound for an unknown code, EntryRetired, and FieldsRefused for a day in the past.
    """
    entry = dictionary.by_code.get(code)
    if entry is None:
        raise NotFound
    if problems := _in_the_past("retired_from", retired_from, now):
        raise FieldsRefused(fields=tuple(problems))
    ended = entry.valid_until is not None and entry.valid_until < china_today(now)
    EntryRetired.unless(not ended, entry=code, last_day=str(entry.valid_until))
    return DictionaryChange.of(
        caller, dictionary, replace(entry, valid_until=retired_from - timedelta(days=1)), now
    )


def _revised(published: Dictionary, changes: Sequence[DictionaryChange]) -> Dictionary:
    entries = {**published.by_code, **{one.code: one.entry for one in changes}}
    return replace(published, entries=tuple(entries.values()), revision=changes[-1].revision)


def _same(dictionary: Dictionary, entry: Entry, today: date) -> Entry | None:
    """The entry with this code, or the one with this name that has not ended."""
    if entry.code in dictionary.by_code:
        return dictionary.by_code[entry.code]
    open_entries = (one for one in dictionary.entries if one.valid_until is None or one.valid_until >= today)
    return next((one for one in open_entries if compared(one.name) == compared(entry.name)), None)


def _code(text: str) -> str:
    code = level_text(text)
    if not _CODE.fullmatch(code):
        raise InvalidValue(
            "dictionary-code", "代码应为 1 至 20 位字母或数字。", "A code has 1 to 20 letters and digits."
        )
    return code


def _at_most(text: str) -> str:
    if len(text) > _LONGEST_NAME:
        raise InvalidValue("too-long", f"最多 {_LONGEST_NAME} 个字符。", f"{_LONGEST_NAME} characters at most.")
    return text


def _in_the_past(field: str, day: date | None, now: datetime) -> list[FieldProblem]:
    if day is None or day >= china_today(now):
        return []
    zh, en = "日期不能早于今天。", "The day cannot be in the past."
    return [FieldProblem(field=field, code="effective-in-the-past", zh=zh, en=en)]
