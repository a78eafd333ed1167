"""Refusals cross process boundaries intact, and a page continues where the last one ended."""

import base64
import json
import pickle
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from aiohttp.test_utils import make_mocked_request
from asyncpg.exceptions._base import DataError as ArgumentRefused
from pydantic import ValidationError

from shared.postgres.pool import NoConnectionFree
from shared.postgres.transaction import CommitOutcomeUnknown
from shared.problems import ChangedMeanwhile, FieldProblem, FieldsRefused, NotFound, RuleBroken
from shared.web.pages import PageQuery, Paging, point_in_time
from shared.web.problem_documents import STATUS, document, problem_of, response
from shared.web.problems import CursorRefused


def every_rule(rule: type[RuleBroken] = RuleBroken) -> set[type[RuleBroken]]:
    """Every refusal that the shared packages declare."""
    return set(rule.__subclasses__()).union(*(every_rule(one) for one in rule.__subclasses__()))


def test_a_refusal_survives_the_way_back_from_a_worker_process() -> None:
    field = FieldProblem(field="name", code="missing", zh="请填写此项。", en="This field is required.")
    for refusal in (ChangedMeanwhile(current=2, seen=1), FieldsRefused(fields=(field,)), NotFound()):
        again = pickle.loads(pickle.dumps(refusal))
        assert (type(again), again.fields, again.facts) == (type(refusal), refusal.fields, refusal.facts)
        assert document(again, "en", "c") == document(refusal, "en", "c")


def test_a_refusal_says_in_both_languages_what_is_the_case() -> None:
    refusal = ChangedMeanwhile(current=2, seen=1)
    assert document(refusal, "zh", "c")["title"] == "该记录已被更新（当前版本 2，您看到的是版本 1）。"
    assert document(refusal, "en", "c") == {
        "type": "urn:fuma:problem:changed-meanwhile",
        "title": "The record has changed (it is at version 2, you saw version 1).",
        "status": 409,
        "code": "changed-meanwhile",
        "correlation_id": "c",
        "next_step": "Reload it and try again; nothing you typed is lost.",
        "current": 2,
        "seen": 1,
    }


def test_facts_never_overwrite_what_a_problem_document_is() -> None:
    assert document(NotFound(status=1, type="x"), "zh", "c")["status"] == 404


def test_codes_are_unique_and_kinds_have_a_status() -> None:
    rules = [rule for rule in every_rule() if rule.__module__.startswith("shared.") and "code" in vars(rule)]
    assert len({rule.code for rule in rules}) == len(rules)
    assert {rule.kind for rule in rules} <= set(STATUS)


class Filtered(PageQuery):
    """A page of some of the records."""

    name: str = ""


KEYS = [("430302", UUID("01890000-0000-7000-8000-000000000001")), ("湘潭市", UUID(int=0)), ("", UUID(int=7))]
LIST = Paging("units", region=str, unit_id=UUID)


def rows(count: int) -> list[dict[str, Any]]:
    """The first `count` rows of a list."""
    return [{"region": "43", "unit_id": UUID(int=number)} for number in range(count)]


@pytest.mark.parametrize("key", KEYS)
def test_a_cursor_leads_back_to_its_key(key: tuple[str, UUID]) -> None:
    last = dict(zip(("region", "unit_id"), key, strict=True))
    page = LIST.page(Filtered(limit=1), [last, *rows(1)], dict)
    assert page.next is not None
    assert LIST.start(Filtered(limit=1, after=page.next)) == key


def test_the_first_page_begins_at_the_given_key() -> None:
    assert LIST.start(Filtered(), "000000", None) == ("000000", None)


@pytest.mark.parametrize(("count", "following"), [(0, False), (1, False), (2, False), (3, True)])
def test_no_page_follows_the_last_record(count: int, following: bool) -> None:  # noqa: FBT001
    query = Filtered(limit=2)
    assert query.fetched == 3
    page = LIST.page(query, rows(count), lambda row: row["unit_id"].int)
    assert page.items == list(range(min(count, 2)))
    assert (page.next is not None) is following


def test_a_cursor_is_good_for_its_own_list_and_filters_alone() -> None:
    given = LIST.page(Filtered(limit=1, name="甲"), rows(2), dict).next
    assert LIST.start(Filtered(limit=7, name="甲", after=given))[1] == UUID(int=0)
    with pytest.raises(CursorRefused):
        LIST.start(Filtered(limit=1, name="乙", after=given))
    with pytest.raises(CursorRefused):
        Paging("agencies", region=str, unit_id=UUID).start(Filtered(limit=1, name="甲", after=given))


def cursor_of(*parts: object) -> str:
    """A forged cursor."""
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "text",
    ["A" * 16, "gICAgICAgICAgICA", "_" * 17, cursor_of("x" * 12, "43", str(UUID(int=1))), cursor_of(*range(9))],
)
def test_a_cursor_that_was_not_given_out_is_refused(text: str) -> None:
    with pytest.raises(CursorRefused):
        LIST.start(Filtered(after=text))


def test_a_cursor_with_a_right_beginning_and_another_key_is_refused() -> None:
    given = LIST.page(Filtered(), rows(51), dict).next
    digest, *_ = json.loads(base64.urlsafe_b64decode(f"{given}=="))
    for key in (["43"], ["43", "no uuid"], ["43", str(UUID(int=1)), "more"], ["43", 5]):
        with pytest.raises(CursorRefused):
            LIST.start(Filtered(after=cursor_of(digest, *key)))


def test_a_point_in_time_is_read_as_it_was() -> None:
    cases = Paging("cases", since=point_in_time)
    now = datetime.now(UTC)
    given = cases.page(PageQuery(limit=1), [{"since": now}, {"since": now}], dict).next
    assert cases.start(PageQuery(after=given)) == (now,)


@pytest.mark.parametrize("text", ["", "short", "!" * 20, "湘" * 20, "A" * 1001])
def test_an_invalid_cursor_is_refused_with_the_field(text: str) -> None:
    with pytest.raises(ValidationError):
        PageQuery(after=text)


@pytest.mark.parametrize(
    ("error", "code", "status"),
    [
        (ConnectionRefusedError(), "service-unavailable", 503),
        (NoConnectionFree(), "service-unavailable", 503),
        (asyncpg.DeadlockDetectedError("x"), "service-unavailable", 503),
        (asyncpg.CannotConnectNowError("x"), "service-unavailable", 503),
        (CommitOutcomeUnknown(), "outcome-unknown", 503),
        (asyncpg.UndefinedTableError("x"), "unexpected", 500),
        (ArgumentRefused("invalid input for query argument $1"), "unexpected", 500),
        (asyncpg.DataError("x"), "unexpected", 500),
        (FileNotFoundError("a template"), "unexpected", 500),
        (ZeroDivisionError(), "unexpected", 500),
    ],
)
def test_each_class_of_failure_has_its_answer(error: Exception, code: str, status: int) -> None:
    """Passing failures, unknown outcomes and faults get three different answers."""
    problem = problem_of(error, "c-1")
    assert (problem.code, STATUS[problem.kind]) == (code, status)
    answer = response(problem, make_mocked_request("GET", "/"), "c-1")
    assert ("Retry-After" in answer.headers) == (status == 503)
