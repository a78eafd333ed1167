"""The columns of cases, filings, steps, units and tallies, and the objects in their rows."""

from operator import attrgetter
from typing import Any, NamedTuple
from uuid import UUID

from services.review.rules.case import Case, Change, Filing, Reason, Stage, State, Step, StepKind, UnitStatus
from services.review.rules.counts import Tally, TallyKey
from services.review.rules.route import Unit, is_nation_only
from shared.contracts.registry.events import RecordClosed, SubmissionFiled, SubmissionWithdrawn
from shared.identifiers.regions import Level
from shared.postgres.columns import Column, Columns
from shared.postgres.row_mapper import Part, RowMapper, enum
from shared.search.text import searched_form

OfSubject = SubmissionFiled | SubmissionWithdrawn | RecordClosed


class CaseFiled(NamedTuple):
    """A filing and its case."""

    case_id: UUID
    filing: SubmissionFiled


class CaseStatus(NamedTuple):
    """The state of a case at a unit."""

    case: Case
    status: UnitStatus


class UnitTally(NamedTuple):
    """A row of the tallies."""

    key: TallyKey
    tally: Tally


UNIT = RowMapper(Unit, {"unit_id": "uuid", "seat": "text", "name": "text"}, key=["unit_id"])


def _unit_statuses(row: Any) -> tuple[UnitStatus, ...]:
    """Builds the states at all units from the arrays of a row."""
    arrays = (row[name] or () for name in ("units", "seats", "names", "states", "sinces", "finished"))
    return tuple(
        UnitStatus(Unit(unit_id, seat, name), State(state), since, finished)
        for unit_id, seat, name, state, since, finished in zip(*arrays, strict=True)
    )


CASE = RowMapper(
    Case,
    {
        "case_id": "uuid",
        "kind": "text",
        "subject_id": "uuid",
        "version": "bigint",
        "submission": "integer",
        "title": "text",
        "searched": Column("text", lambda one: searched_form(one.title)),
        "region": "text",
        "nation_only": Column("boolean", lambda one: is_nation_only(one.kind)),
        "stage": enum(Stage),
        "unit_id": Column("uuid", attrgetter("unit.unit_id")),
        "since": "timestamptz",
        "filed_by": "uuid",
        "filed_by_name": "text",
        "return_requested_at": "timestamptz",
        "parent_id": "uuid",
        "approved_submission": "integer",
    },
    key=["case_id"],
    computed={
        "unit": UNIT.reader("unit_"),
        "field_names": lambda row: frozenset(row["field_names"] or ()),
        "unit_statuses": _unit_statuses,
    },
)
SUBJECT: Columns[OfSubject] = Columns({"subject_id": "uuid", "kind": "text"})
FILING = RowMapper(
    Filing,
    {
        "submission": "integer",
        "form_edition": "text",
        "values": "jsonb",
        "attachments": "jsonb",
        "demands": "jsonb",
    },
)
FILED: Columns[CaseFiled] = Columns(
    {
        "case_id": "uuid",
        "submission": Column("integer", "filing.submission"),
        "filed_at": Column("timestamptz", "filing.filed_at"),
        "form_edition": Column("text", "filing.form_edition"),
        "values": Column("jsonb", "filing.values"),
        "attachments": Column(
            "jsonb", lambda one: [each.model_dump(mode="json") for each in one.filing.attachments]
        ),
        "demands": Column("jsonb", lambda one: [each.model_dump(mode="json") for each in one.filing.demands]),
    }
)
TIME_LINE = RowMapper(
    Step,
    {
        "version": "bigint",
        "submission": "integer",
        "at": "timestamptz",
        "what": enum(StepKind),
        "unit_id": "uuid",
        "unit_name": "text",
        "level": enum(Level),
        "by_id": "uuid",
        "by_name": "text",
        "note": "text",
        "reasons": Column("jsonb", decode=lambda found: tuple(Reason(**one) for one in found)),
    },
)
STEP: Columns[Change] = Columns({"case_id": Column("uuid", "after.case_id"), "step": Part(TIME_LINE)})
STATUS: Columns[CaseStatus] = Columns(
    {
        "case_id": Column("uuid", "case.case_id"),
        "unit_id": Column("uuid", "status.unit.unit_id"),
        "kind": Column("text", "case.kind"),
        "state": Column("text", "status.state"),
        "since": Column("timestamptz", "status.since"),
        "finished": Column("boolean", "status.finished"),
    }
)
COUNTS = RowMapper(
    Tally,
    {"received": "bigint", "to_do": "bigint", "reported": "bigint", "returned": "bigint", "finished": "bigint"},
)
TALLY: Columns[UnitTally] = Columns(
    {
        "unit_id": Column("uuid", "key.unit_id"),
        "kind": Column("text", "key.kind"),
        "shard": Column("smallint", "key.shard"),
        "tally": Part(COUNTS),
    }
)
