"""The rules of sessions: their lifetime, and the requests that a browser may send with the cookie."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from gateway.sessions.rules import Origins, Session, SessionLifetimes, hash_of, is_alive, sent_by_own_page
from gateway.sessions.use_cases import new_token
from shared.security.caller import Caller, Role

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
LIFETIMES = SessionLifetimes(timedelta(hours=12), timedelta(hours=1))
CALLER = Caller(account_id=UUID(int=1), name="王", role=Role.MAINTAINER, region="430302")


@pytest.mark.parametrize(
    ("rested", "left", "alive"),
    [
        (timedelta(0), timedelta(hours=12), True),
        (timedelta(minutes=59), timedelta(seconds=1), True),
        (timedelta(hours=1), timedelta(hours=6), False),
        (timedelta(0), timedelta(0), False),
    ],
)
def test_a_session_ends_without_use_and_by_age(rested: timedelta, left: timedelta, alive: bool) -> None:  # noqa: FBT001
    session = Session(UUID(int=2), CALLER, 0, "", "", NOW, NOW - rested, NOW + left)
    assert is_alive(session, LIFETIMES, NOW) is alive


def test_tokens_have_256_bits_and_hashes_do_not_show_them() -> None:
    tokens = {new_token() for _ in range(100)}
    assert len(tokens) == 100
    assert all(len(one) >= 43 for one in tokens)
    assert all(len(hash_of(one)) == 32 for one in tokens)


@pytest.mark.parametrize(
    ("headers", "own"),
    [
        ({}, True),
        ({"Sec-Fetch-Site": "same-origin"}, True),
        ({"Sec-Fetch-Site": "none"}, True),
        ({"Sec-Fetch-Site": "same-site"}, False),
        ({"Sec-Fetch-Site": "cross-site"}, False),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "https://elsewhere.example"}, False),
        ({"Host": "fuma.example", "Origin": "https://fuma.example"}, True),
        ({"Host": "fuma.example:8088", "Origin": "https://fuma.example"}, False),
        ({"Host": "fuma.example", "Origin": "null"}, False),
        ({"Host": "fuma.example", "Origin": "http://fuma.example"}, False),
        ({"Host": "fuma.example", "Origin": "https://fuma.example.evil.example"}, False),
    ],
)
def test_browser_headers_decide_which_page_sent_the_request(headers: dict[str, str], own: bool) -> None:  # noqa: FBT001
    assert sent_by_own_page(headers, Origins(frozenset(), "https")) is own


@pytest.mark.parametrize(
    ("origin", "host", "own"),
    [
        ("https://fuma.example", "fuma.example", True),
        ("https://fuma.example", "inside.example:8000", True),
        ("https://forged.example", "forged.example", False),
        ("http://fuma.example", "fuma.example", False),
    ],
)
def test_configured_origins_count_for_more_than_the_host(origin: str, host: str, own: bool) -> None:  # noqa: FBT001
    origins = Origins(frozenset({"https://fuma.example"}), "https")
    assert sent_by_own_page({"Origin": origin, "Host": host}, origins) is own
