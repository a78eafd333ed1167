"""Refusals travel whole, and a page goes on where the last one ended."""

import pickle

import pytest

from shared.problems import ChangedMeanwhile, FieldProblem, FieldsRefused, NotFound, RuleBroken
from shared.web.pages import CursorRefused, cursor, key_of
from shared.web.problems import STATUS, document


def every_rule(rule: type[RuleBroken] = RuleBroken) -> set[type[RuleBroken]]:
    """All refusals that are known when the kit is loaded."""
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
    rules = [rule for rule in every_rule() if rule.__module__.startswith("shared.")]
    assert len({rule.code for rule in rules}) == len(rules)
    assert {rule.kind for rule in rules} <= set(STATUS)


@pytest.mark.parametrize("key", [("43", "01890000-0000-7000-8000-000000000001"), ("湘潭市", "a/b+c"), ("",)])
def test_a_cursor_leads_back_to_its_key(key: tuple[str, ...]) -> None:
    assert key_of(cursor(*key), len(key)) == list(key)


@pytest.mark.parametrize("text", ["", "!!!", "a", "gICA", cursor("one"), cursor("1", "2", "3"), "\u6e58"])
def test_a_cursor_that_was_not_given_out_is_refused(text: str) -> None:
    with pytest.raises(CursorRefused):
        key_of(text, 2)


def test_the_first_page_has_no_key() -> None:
    assert key_of(None, 2) is None
