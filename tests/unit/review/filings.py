"""Sample units and filings of Xiangtan, as the registry publishes them."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from services.review.rules.case import Case, Stage
from services.review.rules.route import Unit, first_of, path_of
from shared.clock import utc_now
from shared.contracts.registry.events import (
    Attachment,
    SubjectKind,
    SubmissionFiled,
    SubmissionWithdrawn,
    UnitRegistered,
)
from shared.identifiers.regions import level_of, seat_of
from shared.ids import new_id

NATION, HUNAN, XIANGTAN, YUHU, XIANGXIANG = "100000", "430000", "430300", "430302", "430381"
NAMES = {
    NATION: "国家医疗保障局",
    HUNAN: "湖南省医疗保障局",
    XIANGTAN: "湘潭市医疗保障局",
    YUHU: "湘潭市雨湖区医疗保障局",
    XIANGXIANG: "湘乡市医疗保障局",
}
FIELDS = ("name", "address", "approved_beds")
THE_DAY = utc_now().replace(microsecond=0) - timedelta(days=1)


def units_at(*seats: str) -> dict[str, Unit]:
    """Registered units at these seats."""
    return {seat: Unit(new_id(), seat, NAMES.get(seat, seat)) for seat in seats}


def registered(unit: Unit, version: int = 1, **more: Any) -> UnitRegistered:
    """The event of a unit's registration."""
    fields = {"region": unit.seat, "name": unit.name, "level": level_of(seat_of(unit.seat))} | more
    return UnitRegistered(subject_id=unit.unit_id, subject_version=version, **fields)


def a_filing(subject_id: UUID | None = None, *, submission: int = 1, **more: Any) -> SubmissionFiled:
    """An institution's record, filed."""
    fields: dict[str, Any] = {
        "region": YUHU,
        "kind": SubjectKind.INSTITUTION,
        "title": "湘潭市中心医院",
        "nation_only": False,
        "filed_by": new_id(),
        "filed_by_name": "王小明",
        "filed_at": THE_DAY,
        "form_edition": "1",
        "values": dict.fromkeys(FIELDS, "x"),
        "attachments": (Attachment(field="licence", document_id=new_id(), name="执业许可证.pdf", pages=2),),
    }
    return SubmissionFiled(
        subject_id=subject_id or new_id(), subject_version=submission, submission=submission, **(fields | more)
    )


def a_withdrawal(case: Case, submission: int | None = None) -> SubmissionWithdrawn:
    """The event of a withdrawn filing."""
    return SubmissionWithdrawn(
        subject_id=case.subject_id,
        subject_version=100,
        region=case.region,
        kind=case.kind,
        submission=case.submission if submission is None else submission,
        withdrawn_by=case.filed_by,
        withdrawn_at=THE_DAY,
    )


def a_withdrawal_of(filing: SubmissionFiled) -> SubmissionWithdrawn:
    """The event of the withdrawal of this filing."""
    return SubmissionWithdrawn(
        subject_id=filing.subject_id,
        subject_version=filing.subject_version + 1,
        region=filing.region,
        kind=filing.kind,
        submission=filing.submission,
        withdrawn_by=filing.filed_by,
        withdrawn_at=THE_DAY,
    )


def begun(filing: SubmissionFiled, units: dict[str, Unit]) -> Case:
    """A case without a filing."""
    first = first_of(path_of(filing.kind, filing.region), units)
    assert first is not None
    return Case(
        new_id(), filing.kind, filing.subject_id, 0, -1, filing.title, filing.region,
        Stage.UNDER_REVIEW, first, THE_DAY, filing.filed_by, filing.filed_by_name,
        field_names=frozenset(FIELDS),
    )  # fmt: skip
