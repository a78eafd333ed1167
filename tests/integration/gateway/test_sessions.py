"""Sessions: sign-in, recognition, sign-out, and the budgets of wrong passwords."""

import asyncio
from functools import partial

import aiohttp
import pytest

from shared.contracts.registry.events import AccountAccessChanged
from tests.environment import Environment, until
from tests.integration.gateway.fakes import ACCOUNT, PASSWORD, bearing, platform, registry, signed_in

COOKIE = "__Host-fuma-session"


async def test_a_session_is_opened_recognised_and_ended(environment: Environment) -> None:
    async with platform(environment, registry()) as client:
        async with client.post("/api/v1/sessions", json={"username": "li", "password": PASSWORD}) as answer:
            assert answer.status == 201
            opened = await answer.json()
            cookie = answer.headers["Set-Cookie"]
        assert opened["account"] == {**ACCOUNT.model_dump(mode="json"), "name": "li"}
        for wanted in (f"{COOKIE}={opened['token']}", "HttpOnly", "Secure", "SameSite=Strict", "Path=/"):
            assert wanted in cookie
        assert "Domain" not in cookie
        for headers in (bearing(opened["token"]), {"Cookie": f"other=1; {COOKIE}={opened['token']}"}):
            async with client.get("/api/v1/sessions/current", headers=headers) as answer:
                assert (await answer.json())["account"]["account_id"] == str(ACCOUNT.account_id)
            async with client.get("/api/v1/regions", headers=headers) as answer:
                seen = await answer.json()
            assert seen["caller"]["name"] == "li"
            assert "Cookie" not in seen["headers"]
            assert opened["token"] not in str(seen)
        async with client.delete("/api/v1/sessions/current", headers=bearing(opened["token"])) as answer:
            assert answer.status == 204
        for path in ("/api/v1/sessions/current", "/api/v1/regions"):
            async with client.get(path, headers=bearing(opened["token"])) as answer:
                assert answer.status == 401
                assert (await answer.json())["code"] == "session-over"


async def test_only_the_hash_of_a_session_is_stored(environment: Environment) -> None:
    async with platform(environment, registry()) as client:
        token = await signed_in(client)
        async with environment.postgres("gateway") as rows:
            kept = await rows.fetch("SELECT id_hash::text || caller::text AS all FROM session")
            audit = await rows.fetchval("SELECT action FROM audit")
    assert len(kept) == 1
    assert token not in kept[0]["all"]
    assert audit == "session.opened"


async def test_a_session_ends_without_use_and_by_age(environment: Environment) -> None:
    async with platform(environment, registry(), session_cache_seconds=0) as client:
        for column, past in (("seen_at", "61 minutes"), ("ends_at", "1 second")):
            token = await signed_in(client)
            async with environment.postgres("gateway") as rows:
                await rows.execute(f"UPDATE session SET {column} = now() - interval '{past}'")
            async with client.get("/api/v1/sessions/current", headers=bearing(token)) as answer:
                assert answer.status == 401


async def test_public_endpoints_ignore_an_expired_cookie(environment: Environment) -> None:
    async with platform(environment, registry()) as client:
        async with client.get("/api/v1/regions", headers={"Cookie": f"{COOKIE}=gone"}) as answer:
            assert answer.status == 200
            assert (await answer.json())["caller"] is None
        async with client.put("/api/v1/regions/43", headers={"Cookie": f"{COOKIE}=gone"}) as answer:
            assert answer.status == 401


async def test_another_site_cannot_use_the_cookie(environment: Environment) -> None:
    async with platform(environment, registry(), secure_cookie=False) as client:
        cookie = {"Cookie": f"fuma-session={await signed_in(client)}"}
        own = f"http://127.0.0.1:{environment.port('gateway')}"
        page = {"X-Fuma-Page": "1"}
        tried = {
            "cross-site": ({"Sec-Fetch-Site": "cross-site"} | page, 403),
            "neighbour": ({"Sec-Fetch-Site": "same-site"} | page, 403),
            "other origin": ({"Origin": "https://elsewhere.example"} | page, 403),
            "other origin that calls itself ours": (
                {"Sec-Fetch-Site": "same-origin", "Origin": "https://elsewhere.example"} | page,
                403,
            ),
            "other scheme": ({"Origin": own.replace("http:", "https:")} | page, 403),
            "forged host": ({"Origin": "http://forged.example", "Host": "forged.example"}, 403),
            "null origin": ({"Origin": "null"} | page, 403),
            "own page": ({"Sec-Fetch-Site": "same-origin", "Origin": own} | page, 200),
            "own page, older browser": ({"Origin": own} | page, 200),
            "a form of our own origin": ({"Sec-Fetch-Site": "same-origin", "Origin": own}, 403),
            "a form, typed as bytes": ({"Origin": own, "Content-Type": "application/octet-stream"}, 403),
            "a form without a type": ({"Origin": own, "Content-Type": ""}, 403),
            "nothing but the cookie": ({}, 403),
            "no browser": (page, 200),
        }
        for name, (headers, status) in tried.items():
            async with client.put("/api/v1/regions/43", headers=cookie | headers) as answer:
                assert answer.status == status, name
        async with client.get("/api/v1/regions", headers=cookie) as answer:
            assert (await answer.json())["caller"] is not None
        body = {"username": "li", "password": PASSWORD}
        async with client.post("/api/v1/sessions", json=body, headers={"Sec-Fetch-Site": "cross-site"}) as answer:
            assert answer.status == 403


async def test_only_configured_origins_use_the_cookie(environment: Environment) -> None:
    settings = {"secure_cookie": True, "public_origins": "https://fuma.example, https://www.fuma.example/"}
    async with platform(environment, registry(), **settings) as client:
        cookie = {"Cookie": f"{COOKIE}={await signed_in(client)}", "X-Fuma-Page": "1"}
        for origin, status in {
            "https://fuma.example": 200,
            "https://www.fuma.example": 200,
            f"https://127.0.0.1:{environment.port('gateway')}": 403,
        }.items():
            async with client.put("/api/v1/regions/43", headers=cookie | {"Origin": origin}) as answer:
                assert answer.status == status, origin


async def attempt(client: aiohttp.ClientSession, username: str, password: str, address: str = "") -> int:
    """The status of an attempt to sign in, from an address if the request passes a proxy."""
    headers = {"X-Forwarded-For": address} if address else {}
    body = {"username": username, "password": password}
    async with client.post("/api/v1/sessions", json=body, headers=headers) as answer:
        return answer.status


async def test_wrong_passwords_spend_a_budget_that_refills(environment: Environment) -> None:
    budgets = {"sign-in.pair": (3, 1.0)}
    async with platform(environment, registry(), budgets=budgets) as client:
        assert [await attempt(client, "Wang", "wrong") for _ in range(3)] == [401, 401, 401]
        body = {"username": "wang", "password": PASSWORD}
        async with client.post("/api/v1/sessions", json=body) as answer:
            assert answer.status == 429
            assert answer.headers["Retry-After"] == "1"
            assert (await answer.json())["code"] == "sign-in-throttled"
        await signed_in(client, "Zhao")

        async def free_again() -> bool:
            return await attempt(client, "WANG", PASSWORD) == 201

        await until(free_again, what="the refill")
        assert [await attempt(client, "Wang", "wrong") for _ in range(3)] == [401, 401, 401]
        async with environment.postgres("gateway") as rows:
            assert "Wang" not in str(await rows.fetch("SELECT * FROM spent_budget"))


async def test_attempts_at_the_same_moment_all_count(environment: Environment) -> None:
    async with platform(environment, registry(), budgets={"sign-in.pair": (5, 600)}) as client:
        statuses = await asyncio.gather(*(attempt(client, "sun", "no") for _ in range(30)))
    assert statuses.count(401) == 5
    assert statuses.count(429) == 25


async def test_concurrent_right_passwords_all_succeed(environment: Environment) -> None:
    """The address has one attempt left: a right password refunds it, and concurrent attempts wait for that."""
    async with platform(environment, registry(), budgets={"sign-in.address": (2, 600)}) as client:
        assert await attempt(client, "typo", "wrong") == 401
        statuses = await asyncio.gather(*(attempt(client, f"person-{number}", PASSWORD) for number in range(8)))
    assert statuses == [201] * 8


async def test_the_budget_of_an_address_refills_with_time(environment: Environment) -> None:
    async with platform(environment, registry(), budgets={"sign-in.address": (40, 0.05)}) as client:
        await asyncio.gather(*(attempt(client, f"typo-{number}", "wrong") for number in range(40)))
        assert await attempt(client, "never-wrong", PASSWORD) == 201


async def test_guesses_from_elsewhere_do_not_lock_out_a_known_address(environment: Environment) -> None:
    settings = {"trusted_proxies": 1, "budgets": {"sign-in.account": (3, 600), "sign-in.pair": (2, 600)}}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("gateway.throttle.use_cases.PATIENCE_SECONDS", 0.0)
        async with platform(environment, registry(), **settings) as client:
            assert await attempt(client, "nation.reviewer", PASSWORD, "203.0.113.1") == 201
            guesses = [await attempt(client, "nation.reviewer", "no", f"198.51.100.{n}") for n in range(5)]
            assert guesses == [401, 401, 401, 429, 429]
            assert await attempt(client, "nation.reviewer", PASSWORD, "203.0.113.1") == 201
            assert await attempt(client, "nation.reviewer", PASSWORD, "203.0.113.2") == 429
            # From its own address, too, guessing has an end.
            wrong = [await attempt(client, "nation.reviewer", "no", "203.0.113.1") for _ in range(3)]
            assert wrong == [401, 401, 429]


async def test_attempts_do_not_count_while_the_registry_is_down(environment: Environment) -> None:
    body = {"username": "qian", "password": "no"}
    async with platform(environment) as client:
        for _ in range(8):
            async with client.post("/api/v1/sessions", json=body) as answer:
                assert answer.status == 503
                assert (await answer.json())["code"] == "service-unavailable"
        async with environment.postgres("gateway") as rows:
            assert await rows.fetchval("SELECT bool_and(left_over > 4.9) FROM spent_budget")


async def test_an_invalid_sign_in_is_refused_field_by_field(environment: Environment) -> None:
    async with platform(environment, registry()) as client:
        async with client.post("/api/v1/sessions", json={"username": ""}) as answer:
            assert answer.status == 422
            assert {one["field"] for one in (await answer.json())["errors"]} == {"username", "password"}
        async with client.post(
            "/api/v1/sessions", data=b"{", headers={"Content-Type": "application/json"}
        ) as answer:
            assert (await answer.json())["code"] == "body-not-json"
        async with client.post("/api/v1/sessions", data=b"a=b") as answer:
            assert answer.status == 415


async def access(environment: Environment, version: int, *, epoch: int = 0, closed: bool = False) -> None:
    """The registry's event about the rights of the account."""
    await environment.publish(
        AccountAccessChanged(
            subject_id=ACCOUNT.account_id,
            subject_version=version,
            region="430300",
            epoch=epoch,
            closed=closed,
            reviewed=version > 1,
        )
    )


async def over(client: aiohttp.ClientSession, token: str) -> bool:
    """Whether a session is over."""
    async with client.get("/api/v1/sessions/current", headers=bearing(token)) as answer:
        return answer.status == 401


async def test_a_changed_password_ends_all_sessions_opened_before(environment: Environment) -> None:
    async with platform(environment, registry(), session_cache_seconds=60) as client:
        before = [await signed_in(client) for _ in range(2)]
        assert [await over(client, token) for token in before] == [False, False]
        await access(environment, 2, epoch=1)
        for token in before:
            await until(partial(over, client, token), what="the end of the session")
        # The password of epoch 0 was checked before the change was known.
        assert await over(client, await signed_in(client))
        await access(environment, 1, epoch=0)
        async with environment.postgres("gateway") as rows:
            assert await rows.fetchval("SELECT epoch FROM account_access") == 1


async def test_a_closed_account_has_no_session(environment: Environment) -> None:
    async with platform(environment, registry(), session_cache_seconds=60) as client:
        token = await signed_in(client)
        await access(environment, 2, closed=True)
        await until(lambda: over(client, token), what="the end of the session")


async def test_another_gateway_ends_the_session_within_its_cache_time(environment: Environment) -> None:
    async with platform(environment, registry()) as client:
        token = await signed_in(client)
        assert not await over(client, token)
        async with environment.postgres("gateway") as rows:
            # As another replica writes it.
            await rows.execute("INSERT INTO account_access VALUES ($1, 2, 1, false, true)", ACCOUNT.account_id)
        await until(lambda: over(client, token), seconds=2, what="the end of the session")


async def test_an_approval_reaches_an_open_session(environment: Environment) -> None:
    async with platform(environment, registry(), session_cache_seconds=0) as client:
        token = await signed_in(client, "new.clerk")

        async def reviewed() -> bool:
            async with client.get("/api/v1/regions", headers=bearing(token)) as answer:
                seen: bool = (await answer.json())["caller"]["reviewed"]
                return seen

        assert not await reviewed()
        await access(environment, 2)
        await until(reviewed, what="the approval")


async def test_an_account_lists_and_ends_its_sessions(environment: Environment) -> None:
    async with platform(environment, registry()) as client:
        here, there = await signed_in(client), await signed_in(client)
        async with client.get("/api/v1/sessions", headers=bearing(here)) as answer:
            listed = (await answer.json())["items"]
        assert len(listed) == 2
        assert all(one["address"] == "127.0.0.1" and "aiohttp" in one["client"] for one in listed)
        other = f"/api/v1/sessions/{listed[1]['session_id']}"
        for path, status in ((other, 204), (other, 404), ("/api/v1/sessions/nonsense", 404)):
            async with client.delete(path, headers=bearing(here)) as answer:
                assert answer.status == status
        assert await over(client, there)
        assert not await over(client, here)
        again = await signed_in(client)
        async with client.delete("/api/v1/sessions", headers=bearing(here)) as answer:
            assert answer.status == 204
        assert await over(client, here)
        assert await over(client, again)


async def test_routes_have_budgets(environment: Environment) -> None:
    budgets = {"register": (2, 600), "upload": (1, 600), "add": (1, 600)}
    async with platform(environment, registry(), budgets=budgets) as client:
        statuses = []
        for _ in range(3):
            async with client.post("/api/v1/accounts", json={}) as answer:
                statuses.append(answer.status)
        assert statuses == [404, 404, 429]
        assert int(answer.headers["Retry-After"]) > 500
        reviewed, new = await signed_in(client), await signed_in(client, "new.clerk")
        for token, due in ((reviewed, [404, 404]), (new, [404, 429])):
            for due_status in due:
                async with client.post("/api/v1/institutions", json={}, headers=bearing(token)) as answer:
                    assert answer.status == due_status
                    code = (await answer.json())["code"]
        assert code == "too-many-before-review"
