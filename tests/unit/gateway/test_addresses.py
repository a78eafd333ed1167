"""The client's address, with and without the operator's proxies."""

import pytest
from aiohttp.test_utils import make_mocked_request
from multidict import CIMultiDict

from gateway.addresses import address_of


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
        ("10.9.9.9\n203.0.113.9", 1, "203.0.113.9"),
        ("10.9.9.9\n203.0.113.9, 198.51.100.2", 2, "203.0.113.9"),
        ("203.0.113.9:4711", 1, "203.0.113.9"),
        ("[2001:db8::7]:4711", 1, "2001:db8::7"),
        ("2001:db8::7", 1, "2001:db8::7"),
        ("unknown", 1, "192.0.2.1"),
        ("203.0.113.9, _hidden", 1, "203.0.113.9"),
    ],
)
def test_only_the_operators_proxies_are_trusted(said: str, trusted: int, address: str) -> None:
    headers = CIMultiDict(("X-Forwarded-For", line) for line in said.splitlines())
    request = make_mocked_request("GET", "/", headers=headers).clone(remote="192.0.2.1")
    assert address_of(request, trusted) == address
