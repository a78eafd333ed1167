"""Where a request came from, with and without proxies of the operator."""

import pytest
from aiohttp.test_utils import make_mocked_request

from gateway.answering import address_of


@pytest.mark.parametrize(
    ("said", "trusted", "address"),
    [
        ("", 0, "192.0.2.1"),
        ("203.0.113.9", 0, "192.0.2.1"),
        ("203.0.113.9", 1, "203.0.113.9"),
        ("10.9.9.9, 203.0.113.9", 1, "203.0.113.9"),
        ("10.9.9.9, 203.0.113.9, 198.51.100.2", 2, "203.0.113.9"),
        ("203.0.113.9", 3, "203.0.113.9"),
        ("", 1, "192.0.2.1"),
    ],
)
def test_only_what_the_operators_proxies_say_is_believed(said: str, trusted: int, address: str) -> None:
    headers = {"X-Forwarded-For": said} if said else {}
    request = make_mocked_request("GET", "/", headers=headers).clone(remote="192.0.2.1")
    assert address_of(request, trusted) == address
