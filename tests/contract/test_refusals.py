"""Every refusal has a code of its own, and a reason and a next step in both languages with the facts they name."""

import ast
import re
from string import Formatter
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from shared.problems import Kind, RuleBroken
from shared.web.problem_documents import response
from tests.contract.declarations import calls, refusals

REFUSALS = refusals()
_CHINESE = re.compile(r"[一-鿿]")
_OWN_MEMBERS = {"type", "title", "status", "code", "next_step", "errors"}


def mentioned(*templates: str) -> set[str]:
    """The facts that these templates mention."""
    return {name for text in templates for _, name, _, _ in Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda one: one.__qualname__)
def test_a_refusal_says_why_and_what_to_do_next_in_both_languages(refusal: type[RuleBroken]) -> None:
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", refusal.code)
    assert isinstance(refusal.kind, Kind)
    assert refusal.__doc__
    assert _CHINESE.search(refusal.zh)
    assert refusal.en
    assert not _CHINESE.search(refusal.en)
    assert _CHINESE.search(refusal.next_zh)
    assert refusal.next_en
    # A fact may come in two languages; then its name ends in the language.
    assert {one.removesuffix("_zh") for one in mentioned(refusal.zh)} == {
        one.removesuffix("_en") for one in mentioned(refusal.en)
    }
    facts = mentioned(refusal.zh, refusal.en, refusal.next_zh, refusal.next_en)
    assert not facts & _OWN_MEMBERS
    for template in (refusal.zh, refusal.en, refusal.next_zh, refusal.next_en):
        template.format(**dict.fromkeys(facts, "一"))


def test_no_two_share_a_code() -> None:
    codes = [one.code for one in REFUSALS]
    assert len(codes) > 10
    assert sorted(codes) == sorted(set(codes))


def test_every_refusal_gets_the_facts_that_its_texts_mention() -> None:
    needed = {
        one.__name__: mentioned(one.zh, one.en, one.next_zh, one.next_en)
        for one in REFUSALS
        if one.__init__ is RuleBroken.__init__
    }
    wrong = []
    for place, node in calls():
        name, given = _given(node)
        if name in needed and given is not None and needed[name] - given:
            wrong.append(f"{place}: {name} is not given {sorted(needed[name] - given)}")
    assert not wrong


PASSING = [one for one in REFUSALS if one.kind in (Kind.UNAVAILABLE, Kind.THROTTLED)]
FAULTS = [one for one in REFUSALS if one.kind is Kind.FAULT]


@pytest.mark.parametrize("refusal", PASSING, ids=lambda one: one.__qualname__)
def test_what_passes_says_when_to_try_again(refusal: type[RuleBroken]) -> None:
    answer = _answered(refusal)
    assert answer.status in (429, 503)
    assert int(answer.headers["Retry-After"]) > 0
    assert refusal.next_zh


@pytest.mark.parametrize("refusal", FAULTS, ids=lambda one: one.__qualname__)
def test_what_is_ours_to_mend_says_so_and_promises_nothing_of_another_try(refusal: type[RuleBroken]) -> None:
    answer = _answered(refusal)
    assert answer.status == 500
    assert "Retry-After" not in answer.headers
    assert "平台" in refusal.next_zh
    assert "operators" in refusal.next_en
    assert not re.search("重试|暂时|稍后", refusal.zh + refusal.next_zh)
    assert not re.search("(?i)try again|in a moment|busy", refusal.en + refusal.next_en)


def _answered(refusal: type[RuleBroken]) -> web.Response:
    facts = mentioned(refusal.zh, refusal.en, refusal.next_zh, refusal.next_en)
    given: dict[str, Any] = dict.fromkeys(facts, "一")
    return response(refusal(**given), make_mocked_request("GET", "/"), "correlation")


def _given(node: ast.Call | ast.Raise) -> tuple[str, set[str] | None]:
    """The refusal that a call makes and its facts; None if the call does not show them."""
    if isinstance(node, ast.Raise):
        return (node.exc.id, set()) if isinstance(node.exc, ast.Name) else ("", None)
    function = node.func
    if isinstance(function, ast.Attribute) and function.attr == "unless":
        function = function.value
    name = function.id if isinstance(function, ast.Name) else getattr(function, "attr", "")
    names = {keyword.arg for keyword in node.keywords}
    return name, None if None in names else {str(one) for one in names}
