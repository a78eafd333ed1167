"""The HTTP kit: every refusal is a problem document in the client's language, without internals."""

import asyncio
import contextlib
import hashlib
import time
from collections.abc import AsyncIterator
from itertools import product
from typing import Annotated, Any
from uuid import UUID

import aiohttp
import pytest
from aiohttp import ClientResponse
from openapi_spec_validator import OpenAPIV31SpecValidator
from pydantic import BaseModel, ConfigDict, Field

from deploy.keys import make_keys
from shared.ids import new_id
from shared.postgres.transaction import Rows, Transaction
from shared.problems import ChangedMeanwhile
from shared.security.caller import Caller, Role, claims_of
from shared.security.tokens import Signer, audience_of
from shared.web.idempotency import HEADER
from shared.web.openapi import PROBLEM
from shared.web.operations import _checked
from shared.web.pages import Page, PageQuery
from shared.web.routes import PUBLIC, SIGNED_IN, Download, Incoming, Routes
from tests.environment import Environment, a_caller, until
from tests.integration.shared.fakes import NAME, all_done, done, serving


class Note(BaseModel):
    """The body: a note."""

    model_config = ConfigDict(extra="forbid")

    text: Annotated[str, Field(min_length=1, max_length=40)]
    slowly: bool = False


class Noted(BaseModel):
    """The answer: the note, and the number of notes."""

    text: str
    count: int


class Prepared(BaseModel):
    """A file that was read before the transaction."""

    fingerprint: bytes


async def read_file(incoming: Incoming) -> Prepared:
    """Returns the file's content as the body."""
    return Prepared(fingerprint=await incoming.request.read())


def routes() -> Routes:
    """The routes of the sample service."""
    made = Routes("codes")
    failures = iter([True])

    @made.post("/codes/{subject_id}", by=(Role.MAINTAINER,), body_limit=2000)
    async def note(tx: Transaction, caller: Caller, subject_id: UUID, body: Note) -> Noted:
        """A maintainer notes something."""
        await done(tx, subject_id, body.text)
        if body.slowly:
            await tx.fetchval("SELECT pg_sleep(0.3)")
        for _ in failures if body.text == "fails once" else ():
            raise ChangedMeanwhile(current=2, seen=1)
        ChangedMeanwhile.unless(body.text != "changed", current=2, seen=1)
        if body.text == "fails":
            raise RuntimeError(f"the internals of {caller.name}")
        return Noted(text=body.text, count=await tx.fetchval("SELECT count(*) FROM done"))

    @made.post("/codes/files", by=SIGNED_IN, prepare=read_file, media_types=("application/octet-stream",))
    async def keep(tx: Transaction, prepared: Prepared) -> Noted:
        """A file is kept."""
        await done(tx, new_id(), prepared.fingerprint.decode())
        return Noted(text="", count=await tx.fetchval("SELECT count(*) FROM done"))

    @made.get("/codes", by=PUBLIC)
    async def list_notes(rows: Rows, query: PageQuery) -> Page[Noted]:
        """Anyone reads the notes."""
        count = await rows.fetchval("SELECT count(*) FROM done")
        return Page(items=[Noted(text=query.after or "", count=count)], next=None)

    @made.get("/codes/{number}/file", by=PUBLIC)
    async def fetch(number: int) -> Download:
        """Anyone fetches a file."""
        return Download(b"<script>", "text/html", f"第{number}号.html")

    @made.delete("/codes/{subject_id}", by=SIGNED_IN)
    async def remove(tx: Transaction, subject_id: UUID) -> None:
        """Somebody removes a note."""
        await tx.execute("DELETE FROM done WHERE subject_id = $1", subject_id)

    @made.post("/internal/codes", by=(Role.GATEWAY,), internal=True)
    async def inside(tx: Transaction) -> None:
        """Only the gateway."""

    return made


def personal_routes() -> Routes:
    """Routes whose answers contain personal data."""
    made = Routes("codes")

    @made.post("/codes", by=PUBLIC)
    async def register(tx: Transaction, body: Note) -> Noted:
        """Anyone, signed in or not, registers something personal."""
        await done(tx, new_id(), body.text)
        return Noted(text=body.text, count=await tx.fetchval("SELECT count(*) FROM done"))

    @made.post("/codes/others", by=PUBLIC)
    async def register_elsewhere(tx: Transaction, body: Note) -> Noted:
        """Anyone registers the same elsewhere."""
        return await register(tx, body)

    @made.get("/codes/{subject_id}/personal", by=(Role.MAINTAINER,))
    async def read_personal(tx: Transaction, subject_id: UUID) -> Noted:
        """A read that records each call."""
        await done(tx, subject_id)
        return Noted(text="430302190001010017", count=await tx.fetchval("SELECT count(*) FROM done"))

    return made


@pytest.fixture
async def client(environment: Environment) -> AsyncIterator[aiohttp.ClientSession]:
    """A maintainer's client of the sample service."""
    async with (
        serving(environment, routes=[routes(), personal_routes()]),
        environment.client(NAME, a_caller(Role.MAINTAINER)) as session,
    ):
        yield session


async def problem(answer: ClientResponse, status: int, code: str) -> dict[str, Any]:
    """The problem document of a refusal."""
    assert answer.status == status, await answer.text()
    assert answer.content_type == "application/problem+json"
    document: dict[str, Any] = await answer.json(content_type=None)
    assert document["code"] == code
    assert document["status"] == status
    assert document["type"] == f"urn:fuma:problem:{code}"
    assert document["title"]
    assert document["correlation_id"]
    return document


PATH = "/codes/01890000-0000-7000-8000-000000000001"


JSON = {"Content-Type": "application/json"}
REFUSED: list[tuple[str, str, dict[str, Any], int, str]] = [
    ("GET", "/nowhere", {}, 404, "no-such-path"),
    ("PATCH", PATH, {"json": {}}, 405, "method-not-allowed"),
    ("TRACE", PATH, {}, 405, "method-not-allowed"),
    ("POST", "/codes/no-uuid", {"json": {"text": "a"}}, 404, "no-such-path"),
    ("GET", "/codes/1e9/file", {}, 404, "no-such-path"),
    ("GET", f"/codes/{2**63}/file", {}, 404, "not-found"),
    ("GET", f"/codes/{10**30}/file", {}, 404, "no-such-path"),
    ("DELETE", "/codes/others", {}, 405, "method-not-allowed"),
    ("POST", PATH, {"data": b"{no json", "headers": JSON}, 422, "body-not-json"),
    ("POST", PATH, {"data": b"\xff", "headers": JSON}, 422, "body-not-json"),
    ("POST", PATH, {"data": b"", "headers": JSON}, 422, "body-not-json"),
    ("POST", PATH, {"data": b"a=1", "headers": {"Content-Type": "text/plain"}}, 415, "media-type-not-accepted"),
    ("POST", PATH, {"json": {"text": "", "more": 1}}, 422, "fields-refused"),
    ("POST", PATH, {"json": {"text": "a\0b"}}, 422, "character-refused"),
    ("POST", PATH, {"json": {"text": "x" * 3000}}, 413, "body-too-large"),
    ("POST", PATH, {"json": {"text": "a"}, "headers": {HEADER: "k" * 201}}, 422, "idempotency-key-invalid"),
    ("POST", PATH, {"json": {"text": "a"}, "headers": {HEADER: ""}}, 422, "idempotency-key-invalid"),
    ("POST", PATH, {"json": {"text": "changed"}}, 409, "changed-meanwhile"),
    ("POST", PATH, {"json": {"text": "fails"}}, 500, "unexpected"),
    ("GET", "/codes?limit=0", {}, 422, "fields-refused"),
    ("GET", "/codes?limit=50&page=2", {}, 422, "fields-refused"),
    ("GET", "/codes?after=", {}, 422, "fields-refused"),
    ("GET", "/codes?limit=1&limit=2", {}, 422, "fields-refused"),
    ("GET", "/codes/7/file?page=2", {}, 422, "fields-refused"),
    ("GET", "/codes?after=%00", {}, 422, "character-refused"),
    ("GET", "/codes?%00=1", {}, 422, "character-refused"),
    (
        "POST",
        PATH,
        {"data": b"{}", "headers": {"Content-Type": "application/octet-stream"}},
        415,
        "media-type-not-accepted",
    ),
    ("POST", PATH, {"data": b"{}", "skip_auto_headers": ["Content-Type"]}, 415, "media-type-not-accepted"),
    (
        "POST",
        PATH,
        {"data": b"x", "headers": {"Content-Encoding": "gzip", **JSON}},
        415,
        "content-encoding-refused",
    ),
    ("GET", "/codes", {"headers": {"Content-Encoding": "br"}}, 415, "content-encoding-refused"),
    ("POST", "/internal/codes", {}, 403, "role-required"),
]


async def test_every_refusal_is_a_problem_document_in_both_languages(
    client: aiohttp.ClientSession, subtests: pytest.Subtests
) -> None:
    for method, path, sent, status, code in REFUSED:
        with subtests.test(method=method, path=path, code=code):
            chinese = await problem(await client.request(method, path, **sent), status, code)
            assert any("\u4e00" <= letter <= "\u9fff" for letter in chinese["title"])
            headers = {**sent.get("headers", {}), "Accept-Language": "fr, en-GB;q=0.8, zh;q=0.2"}
            answer = await client.request(method, path, **{**sent, "headers": headers})
            assert (await problem(answer, status, code))["title"].isascii()


async def test_a_refused_form_names_every_wrong_field(client: aiohttp.ClientSession) -> None:
    document = await problem(await client.post(PATH, json={"text": "", "more": 1}), 422, "fields-refused")
    assert [(one["field"], one["code"]) for one in document["errors"]] == [
        ("text", "string-too-short"),
        ("more", "extra-forbidden"),
    ]
    assert document["next_step"]


async def test_an_unexpected_error_hides_its_internals(
    client: aiohttp.ClientSession, environment: Environment
) -> None:
    answer = await client.post(PATH, json={"text": "fails"}, headers={"X-Correlation-ID": "abc-1"})
    assert "internals" not in await answer.text()
    assert "Retry-After" not in answer.headers
    assert answer.headers["X-Correlation-ID"] == "abc-1"
    assert (await answer.json(content_type=None))["correlation_id"] == "abc-1"
    assert await all_done(environment) == []


async def test_an_invalid_correlation_id_is_replaced(client: aiohttp.ClientSession) -> None:
    for path, given in product(("/codes", "/nowhere"), ("x" * 500, "two words", "ÿþ")):
        answer = await client.get(path, headers={"X-Correlation-ID": given})
        assert given not in str(answer.headers) + await answer.text()


async def test_a_body_without_a_content_length_is_bounded_too(client: aiohttp.ClientSession) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(100):
            yield b"x" * 1000

    answer = await client.post(PATH, data=endless(), headers={"Content-Type": "application/json"})
    await problem(answer, 413, "body-too-large")


async def test_a_file_is_offered_for_saving_only(client: aiohttp.ClientSession) -> None:
    answer = await client.get("/codes/7/file")
    assert answer.headers["Content-Disposition"] == "attachment; filename*=UTF-8''%E7%AC%AC7%E5%8F%B7.html"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]


def expired(environment: Environment) -> str:
    """An expired token."""
    signer = Signer(environment.secrets / "token.private.pem", "caller")
    return signer.sign(claims_of(a_caller(Role.MAINTAINER)), audience=audience_of(NAME), seconds=-1)


def foreign(environment: Environment) -> str:
    """A token of another key."""
    make_keys(environment.folder / "foreign")
    signer = Signer(environment.folder / "foreign" / "token.private.pem", "caller")
    return signer.sign(claims_of(a_caller(Role.MAINTAINER)), audience=audience_of(NAME), seconds=60)


def of_another_kind(environment: Environment) -> str:
    """A token of another kind, without a caller."""
    signer = Signer(environment.secrets / "token.private.pem", "receipt")
    return signer.sign(claims_of(a_caller(Role.MAINTAINER)), audience=audience_of(NAME), seconds=60)


async def test_an_invalid_token_is_refused(client: aiohttp.ClientSession, environment: Environment) -> None:
    tokens = (expired(environment), foreign(environment), of_another_kind(environment), "no.token.at-all", "x")
    for path, token in product((PATH, "/codes", "/codes/files"), tokens):
        method = "GET" if path == "/codes" else "POST"
        answer = await client.request(method, path, headers={"Authorization": f"Bearer {token}"})
        await problem(answer, 401, "sign-in-required")


async def test_a_cached_token_expires(client: aiohttp.ClientSession, environment: Environment) -> None:
    signer = Signer(environment.secrets / "token.private.pem", "caller")
    token = signer.sign(claims_of(a_caller(Role.MAINTAINER)), audience=audience_of(NAME), seconds=1)
    headers = {"Authorization": f"Bearer {token}"}
    assert (await client.post(PATH, json={"text": "a"}, headers=headers)).status == 201

    async def refused() -> bool:
        return (await client.post(PATH, json={"text": "a"}, headers=headers)).status == 401

    await until(refused, seconds=4, what="the token's end")


async def test_anonymous_callers_and_wrong_roles_get_different_refusals(
    environment: Environment, client: aiohttp.ClientSession
) -> None:
    async with environment.client(NAME) as nobody, environment.client(NAME, a_caller(Role.REVIEWER)) as reviewer:
        await problem(await nobody.post(PATH, json={"text": "a"}), 401, "sign-in-required")
        await problem(await reviewer.post(PATH, json={"text": "a"}), 403, "role-required")
        assert (await nobody.get("/codes")).status == 200
    assert await all_done(environment) == []


async def test_the_openapi_fragment_is_valid_and_says_what_the_routes_say(client: aiohttp.ClientSession) -> None:
    fragment = await (await client.get("/internal/openapi.json")).json()
    document = {
        "openapi": "3.1.0",
        "info": {"title": "test", "version": "1"},
        "paths": fragment["paths"],
        "tags": fragment["tags"],
        "components": {
            "responses": {"Problem": PROBLEM},
            "schemas": {**fragment["schemas"], "Problem": {"type": "object"}},
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"},
                "cookie": {"type": "apiKey", "in": "cookie", "name": "session"},
            },
        },
    }
    OpenAPIV31SpecValidator(document).validate()
    assert "/internal/codes" not in document["paths"]
    posted = document["paths"]["/codes/{subject_id}"]["post"]
    assert {one["name"] for one in posted["parameters"]} == {"subject_id", "Idempotency-Key"}
    assert "security" not in document["paths"]["/codes"]["get"]


async def test_a_route_with_an_unknown_parameter_is_refused_at_import() -> None:
    made = Routes("codes")
    with pytest.raises(TypeError, match="nothing is known to give"):

        @made.get("/codes/{number}", by=PUBLIC)
        async def wrong(number: int, surprise: str) -> Noted:
            """Raises an unexpected error."""
            return Noted(text=surprise, count=number)


class TestTheSameKey:
    """`Idempotency-Key`: the same request twice has one effect and the same answer."""

    async def test_at_the_same_time(self, client: aiohttp.ClientSession, environment: Environment) -> None:
        async def once() -> tuple[int, str]:
            body, key = {"text": "a", "slowly": True}, {"Idempotency-Key": "k"}
            answer = await client.post(PATH, json=body, headers=key)
            return answer.status, await answer.text()

        answers = await asyncio.gather(*(once() for _ in range(5)))
        assert set(answers) == {(201, '{"text":"a","count":1}')}
        assert len(await all_done(environment)) == 1

    async def test_one_after_the_other(self, client: aiohttp.ClientSession, environment: Environment) -> None:
        key = {"Idempotency-Key": "k"}
        first = await client.post(PATH, json={"text": "a"}, headers=key)
        await client.post(PATH, json={"text": "b"})
        again = await client.post(PATH, json={"text": "a"}, headers=key)
        assert (again.status, await again.text()) == (first.status, await first.text())
        assert len(await all_done(environment)) == 2

    async def test_with_another_body_or_path_is_refused(
        self, client: aiohttp.ClientSession, environment: Environment
    ) -> None:
        key = {"Idempotency-Key": "k"}
        await client.post(PATH, json={"text": "a"}, headers=key)
        for path, body in ((PATH, {"text": "b"}), (PATH[:-1] + "2", {"text": "a"})):
            answer = await client.post(path, json=body, headers=key)
            await problem(answer, 422, "idempotency-key-reused")
        assert len(await all_done(environment)) == 1

    async def test_with_another_file_is_refused(self, client: aiohttp.ClientSession) -> None:
        headers = {"Idempotency-Key": "k", "Content-Type": "application/octet-stream"}
        first = await client.post("/codes/files", data=b"one", headers=headers)
        again = await client.post("/codes/files", data=b"one", headers=headers)
        assert await first.text() == await again.text()
        other = await client.post("/codes/files", data=b"two", headers=headers)
        await problem(other, 422, "idempotency-key-reused")

    async def test_after_a_failure_does_the_work(
        self, client: aiohttp.ClientSession, environment: Environment
    ) -> None:
        key = {"Idempotency-Key": "k"}
        first = await client.post(PATH, json={"text": "fails once"}, headers=key)
        await problem(first, 409, "changed-meanwhile")
        assert (await client.post(PATH, json={"text": "fails once"}, headers=key)).status == 201
        assert len(await all_done(environment)) == 1

    async def test_of_somebody_else_is_another_key(
        self, client: aiohttp.ClientSession, environment: Environment
    ) -> None:
        key = {"Idempotency-Key": "k"}
        await client.post(PATH, json={"text": "a"}, headers=key)
        async with environment.client(NAME, a_caller(Role.MAINTAINER)) as other:
            assert (await (await other.post(PATH, json={"text": "b"}, headers=key)).json())["count"] == 2

    async def test_of_a_removal_is_answered_without_content(self, client: aiohttp.ClientSession) -> None:
        for _ in range(2):
            answer = await client.delete(PATH, headers={"Idempotency-Key": "k"})
            assert (answer.status, await answer.text()) == (204, "")

    async def test_of_two_anonymous_callers_is_two_keys(self, environment: Environment) -> None:
        """An anonymous caller gets a stored answer for an identical request only."""
        async with (
            serving(environment, routes=[routes(), personal_routes()]),
            environment.client(NAME) as unrelated,
        ):

            async def registered(path: str, text: str, key: str = "k") -> tuple[int, Any]:
                answer = await unrelated.post(path, json={"text": text}, headers={HEADER: key})
                return answer.status, await answer.json()

            first = await registered("/codes", "甲")
            assert first == (201, {"text": "甲", "count": 1})
            assert await registered("/codes", "乙") == (201, {"text": "乙", "count": 2})
            assert await registered("/codes/others", "甲") == (201, {"text": "甲", "count": 3})
            assert await registered("/codes", "甲", "another") == (201, {"text": "甲", "count": 4})
            assert await registered("/codes", "甲") == first
            async with environment.client(NAME, a_caller(Role.MAINTAINER)) as client:
                answer = await client.post("/codes", json={"text": "甲"}, headers={HEADER: "k"})
                assert (await answer.json())["count"] == 5
        assert len(await all_done(environment)) == 5

    async def test_of_a_read_does_not_stop_it_from_being_noted(
        self, client: aiohttp.ClientSession, environment: Environment
    ) -> None:
        for count in (1, 2):
            answer = await client.get(f"{PATH}/personal", headers={HEADER: "k"})
            assert (await answer.json())["count"] == count
        async with environment.postgres(NAME) as rows:
            assert await rows.fetchval("SELECT count(*) FROM idempotency") == 0

    async def test_stored_answers_are_encrypted(
        self, client: aiohttp.ClientSession, environment: Environment
    ) -> None:
        """The table contains neither the answer nor a digest that could be guessed."""
        body, target = b'{"text":"secret"}', f"POST {PATH}".encode()
        headers = {HEADER: "k", "Content-Type": "application/json"}
        await client.post(PATH, data=body, headers=headers)
        async with environment.postgres(NAME) as rows:
            [kept] = await rows.fetch("SELECT request_hash, reply FROM idempotency")
        assert b"secret" not in kept["reply"]
        framed = b"".join(len(part).to_bytes(8, "big") + part for part in (target, body, b""))
        assert hashlib.sha256(framed).digest() != kept["request_hash"]
        assert await (await client.post(PATH, data=body, headers=headers)).json() == {"text": "secret", "count": 1}

    async def test_of_an_answer_that_was_altered_is_not_answered(
        self, client: aiohttp.ClientSession, environment: Environment
    ) -> None:
        """An answer that was swapped with another does not decrypt."""
        for key in ("k", "l"):
            await client.post(PATH, json={"text": key}, headers={HEADER: key})
        async with environment.postgres(NAME) as rows:
            await rows.execute(
                "UPDATE idempotency AS one SET reply = (SELECT reply FROM idempotency WHERE key <> one.key)"
            )
        answer = await client.post(PATH, json={"text": "k"}, headers={HEADER: "k"})
        assert answer.status >= 500
        assert "count" not in await answer.json(content_type=None)


async def test_a_check_that_hangs_or_fails_or_is_cut_off_means_not_ready() -> None:
    stuck = asyncio.Event()

    async def hangs() -> str | None:
        with contextlib.suppress(asyncio.CancelledError):
            await stuck.wait()
        await stuck.wait()
        return None

    async def fails() -> str | None:
        raise LookupError("no")

    async def cut_off() -> str | None:
        raise asyncio.CancelledError

    began = time.monotonic()
    found = list(await asyncio.gather(_checked(hangs), _checked(fails), _checked(cut_off)))
    assert time.monotonic() - began < 3
    assert found == ["no answer within 2.5 s", "LookupError: no", "interrupted"]
    stuck.set()
