"""The proxy's rules: the service of a request, its headers and its body limit."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.proxy.rules import Limits, collection_of, request_headers, response_headers, service_of
from shared.contracts.service_routes import SERVICE_OF
from shared.web.problems import NoSuchPath


def test_every_collection_has_its_service() -> None:
    for collection, service in SERVICE_OF.items():
        assert service_of(collection_of(f"/api/v1/{collection}/some-id/part")) == service
        assert service_of(collection_of(f"/api/v1/{collection}")) == service


@given(st.text(max_size=20))
def test_nothing_else_has_one(text: str) -> None:
    if text.partition("/")[0] in SERVICE_OF:
        return
    with pytest.raises(NoSuchPath):
        service_of(collection_of(f"/api/v1/{text}"))


@pytest.mark.parametrize(
    "cunning",
    [
        *("../x", "%2E%2e/x", "..%2fx", "a/../../x", "a//b", "a\\b", "a%5cb", "a%00", "a b", "a\r\nX: y"),
        *("%69nternal", "./x", "a/.", "%41", "a%7Ab", "%30", "%39x", "%5F", "%7e", "%2D"),
    ],
)
def test_a_path_means_the_same_however_often_it_is_read(cunning: str) -> None:
    with pytest.raises(NoSuchPath):
        collection_of(f"/api/v1/regions/{cunning}")


@pytest.mark.parametrize("plain", ["43", "%E6%B9%98%E6%BD%AD", "a.b", "a-b_c~d", "50%25", "a%20b", "a%40b"])
def test_what_must_be_encoded_may_be(plain: str) -> None:
    assert collection_of(f"/api/v1/regions/{plain}") == "regions"


def test_neither_cookies_nor_authorisation_pass_in_either_direction() -> None:
    given = {"Authorization": "Bearer x", "Cookie": "a=b", "X-Forwarded-For": "1.2.3.4", "Accept": "a/b"}
    assert request_headers(given) == {"Accept": "a/b"}
    answer = {"Set-Cookie": "a=b", "Transfer-Encoding": "chunked", "Server": "x", "ETag": "y"}
    assert response_headers(answer) == {"ETag": "y"}


@pytest.mark.parametrize(
    ("content_type", "limit"),
    [
        ("application/json", 1),
        ("Application/JSON; charset=utf-8", 1),
        ("application/merge-patch+json", 1),
        ("application/pdf", 50),
        ("multipart/form-data; boundary=json", 50),
        ("", 50),
    ],
)
def test_forms_are_small_and_files_may_be_large(content_type: str, limit: int) -> None:
    assert Limits(form=1, upload=50).of(content_type) == limit
