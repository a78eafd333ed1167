"""Who archives which provider, and what they have to confirm (INS-5)."""

from datetime import datetime

from services.registry.archives.problems import ArchiveBySuperiorUnit, NeverApproved
from services.registry.records.rules import Archive, Life, Record
from shared.forms.filling import refuse
from shared.identifiers.characters import level_text
from shared.identifiers.invalid import InvalidValue, parse_fields
from shared.identifiers.names import compared
from shared.identifiers.regions import Level, level_of
from shared.problems import ChangedMeanwhile, NotFound
from shared.security.caller import Caller

LONGEST_REASON = 500


def check_archivable(record: Record, caller: Caller) -> None:
    """A unit of a city, a province or the nation archives what is in force in its region, once."""
    region = record.in_force.region if record.in_force else record.region
    NotFound.unless(caller.oversees(region) or caller.oversees(record.region))
    record.check_open()
    ArchiveBySuperiorUnit.unless(level_of(caller.region) is not Level.COUNTY, name=record.name)
    NeverApproved.unless(record.life is Life.IN_FORCE, name=record.name)


def archive_of(record: Record, seen: int, name: str, reason: str, unit_name: str, now: datetime) -> Archive:
    """The archive that a unit confirms by the name of the provider, as it saw it; the reason is shown to all."""
    ChangedMeanwhile.unless(seen == record.version, current=record.version, seen=seen)
    values, problems = parse_fields({"name": lambda: _confirmed(record, name), "reason": lambda: _reason(reason)})
    refuse(problems)
    return Archive(now, values["reason"], unit_name)


def _confirmed(record: Record, name: str) -> str:
    if compared(name) != compared(record.name):
        zh = f"请输入要归档的单位全称“{record.name}”以确认；归档后不能恢复。"
        en = f"Write the full name “{record.name}” to confirm; what is archived never comes back."
        raise InvalidValue("name-not-confirmed", zh, en)
    return name


def _reason(text: str) -> str:
    reason = level_text(text)
    if not reason:
        raise InvalidValue("reason-required", "请填写归档原因。", "Write the reason of the archive.")
    if len(reason) > LONGEST_REASON:
        zh = f"归档原因最多 {LONGEST_REASON} 个字，您填写了 {len(reason)} 个。"
        en = f"The reason has {LONGEST_REASON} characters at most; this one has {len(reason)}."
        raise InvalidValue("too-long", zh, en)
    return reason
