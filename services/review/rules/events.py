"""Converts a step of a case to its event, and a stale decision to its refusal."""

from datetime import datetime
from typing import Any

from services.review.rules.case import Case, Change, Stage, Step, StepKind
from services.review.rules.problems import CaseMovedOn, NotUnderReview, ReturnAlreadyRequested
from services.review.rules.route import LEVEL_ZH, Unit
from shared.clock import CHINA
from shared.contracts.review.events import (
    CaseApproved,
    CaseEvent,
    CaseMoved,
    CaseOpened,
    CaseReturned,
    CaseWithdrawn,
)

_HAPPENED = {
    StepKind.FILED: ("填报人已提交至{unit}", "it was filed with {unit}"),
    StepKind.REPORTED: ("{unit}已审核上报", "{unit} reported it upward"),
    StepKind.SENT_DOWN: ("{unit}已退回下级", "{unit} sent it down"),
    StepKind.RETURNED: ("{unit}已退回填报人", "{unit} returned it to the maintainer"),
    StepKind.APPROVED: ("{unit}已审核通过", "{unit} approved it"),
    StepKind.WITHDRAWN: ("填报人已撤回", "the maintainer withdrew it"),
    StepKind.ARCHIVED: ("所属机构（药店）已归档", "the institution or pharmacy was archived"),
    StepKind.DELETED: ("填报人已删除该条信息", "the maintainer deleted the record"),
    StepKind.RETURN_REQUESTED: ("填报人已向{unit}申请退回", "the maintainer asked {unit} to return it"),
}
_NOW = {
    Stage.UNDER_REVIEW: ("现由{unit}（{level_zh}）审核", "It is now with {unit} ({level})"),
    Stage.RETURNED: ("现已退回填报人", "It is now back with the maintainer"),
    Stage.APPROVED: ("现已审核通过", "It is approved"),
    Stage.WITHDRAWN: ("现已撤回，不再审核", "It has been withdrawn"),
}


def moved_on(case: Case, last: Step) -> CaseMovedOn:
    """Builds the refusal of a decision on an outdated case."""
    zh, en = (text.format(unit=last.unit_name) for text in _HAPPENED[last.what])
    return CaseMovedOn(
        what=last.what.value,
        happened_at=last.at.isoformat(),
        shown_at=_shown(last.at),
        happened_zh=zh,
        happened_en=en,
        **_whereabouts(case),
    )


def check_return_request(case: Case) -> None:
    """Checks that a return is requested under review, and once per round (INS-7)."""
    NotUnderReview.unless(case.stage is Stage.UNDER_REVIEW, **_whereabouts(case))
    ReturnAlreadyRequested.unless(case.return_requested_at is None, unit_name=case.unit.name)


def event_of(change: Change) -> CaseEvent | None:
    """Returns the event of a step; a request for return has none, nor the closing of an approved case."""
    case, step = change.after, change.step
    common = _common(case)
    match step.what:
        case StepKind.FILED:
            return CaseOpened(**common, **_place(case.unit))
        case StepKind.REPORTED | StepKind.SENT_DOWN:
            return CaseMoved(**common, **_place(case.unit), upward=step.what is StepKind.REPORTED)
        case StepKind.RETURNED:
            fields = dict.fromkeys(one.field for one in step.reasons if one.field)
            return CaseReturned(**common, **_place(case.unit), fields=tuple(fields))
        case StepKind.APPROVED:
            return CaseApproved(**common, **_place(case.unit))
        case StepKind.WITHDRAWN | StepKind.ARCHIVED | StepKind.DELETED if case.stage is Stage.WITHDRAWN:
            return CaseWithdrawn(**common, **_place(case.unit))
        case _:
            return None


def _common(case: Case) -> dict[str, Any]:
    return {
        "subject_id": case.subject_id,
        "subject_version": case.version,
        "region": case.region,
        "case_id": case.case_id,
        "kind": case.kind,
        "submission": case.submission,
        "happened_at": case.since,
    }


def _place(unit: Unit) -> dict[str, Any]:
    return {"unit_id": unit.unit_id, "unit_name": unit.name, "level": unit.level}


def _whereabouts(case: Case) -> dict[str, Any]:
    unit = case.unit
    zh, en = (
        text.format(unit=unit.name, level=unit.level.value, level_zh=LEVEL_ZH[unit.level])
        for text in _NOW[case.stage]
    )
    return {
        "stage": case.stage.value,
        "version": case.version,
        "level": unit.level.value,
        "unit_name": unit.name,
        "now_zh": zh,
        "now_en": en,
    }


def _shown(at: datetime) -> str:
    return at.astimezone(CHINA).strftime("%Y-%m-%d %H:%M")
