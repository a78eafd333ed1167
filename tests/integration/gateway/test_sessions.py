"""Signing in, being recognised, signing out; patience with wrong passwords."""

import asyncio

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


async def test_only_the_hash_of_a_session_is_kept(environment: Environment) -> None:
    async with platform(environment, registry()) as client:
        token = await signed_in(client)
        async with environment.postgres("gateway") as rows:
            kept = await rows.fetch("SELECT id_hash::text || caller::text AS all FROM session")
            audit = await rows.fetchval("SELECT action FROM audit")
    assert len(kept) == 1
    assert token not in kept[0]["all"]
    assert audit == "signed-in"


async def test_a_session_ends_by_rest_and_by_age(environment: Environment) -> None:
    async with platform(environment, registry(), session_cache_seconds=0) as client:
        for column, past in (("seen_at", "61 minutes"), ("ends_at", "1 second")):
            token = await signed_in(client)
            async with environment.postgres("gateway") as rows:
                await rows.execute(f"UPDATE session SET {column} = now() - interval '{past}'")
            async with client.get("/api/v1/sessions/current", headers=bearing(token)) as answer:
                assert answer.status == 401


async def test_an_old_cookie_is_as_good_as_none_where_nobody_needs_to_sign_in(environment: Environment) -> None:
    async with platform(environment, registry()) as client:
        async with client.get("/api/v1/regions", headers={"Cookie": f"{COOKIE}=gone"}) as answer:
            assert answer.status == 200
            assert (await answer.json())["caller"] is None
        async with client.put("/api/v1/regions/43", headers={"Cookie": f"{COOKIE}=gone"}) as answer:
            assert answer.status == 401


async def test_another_site_cannot_use_the_cookie(environment: Environment) -> None:
    async with platform(environment, registry()) as client:
        cookie = {"Cookie": f"{COOKIE}={await signed_in(client)}"}
        own = f"http://127.0.0.1:{environment.port('gateway')}"
        tried = {
            "cross-site": ({"Sec-Fetch-Site": "cross-site"}, 403),
            "neighbour": ({"Sec-Fetch-Site": "same-site"}, 403),
            "other origin": ({"Origin": "https://elsewhere.example"}, 403),
            "null origin": ({"Origin": "null"}, 403),
            "own page": ({"Sec-Fetch-Site": "same-origin", "Origin": own}, 200),
            "own page, older browser": ({"Origin": own}, 200),
            "no browser": ({}, 200),
        }
        for name, (headers, status) in tried.items():
            async with client.put("/api/v1/regions/43", headers=cookie | headers) as answer:
                assert answer.status == status, name
        body = {"username": "li", "password": PASSWORD}
        async with client.post("/api/v1/sessions", json=body, headers={"Sec-Fetch-Site": "cross-site"}) as answer:
            assert answer.status == 403


async def test_wrong_passwords_make_one_wait_longer_and_longer(environment: Environment) -> None:
    wrong = {"username": "Wang", "password": "wrong"}
    async with platform(environment, registry(), sign_in_free_by_username=3) as client:
        for _ in range(3):
            async with client.post("/api/v1/sessions", json=wrong) as answer:
                assert answer.status == 401
                assert (await answer.json())["code"] == "stand-in-credentials-wrong"
        async with client.post("/api/v1/sessions", json=wrong | {"password": PASSWORD}) as answer:
            assert answer.status == 429
            assert answer.headers["Retry-After"] == "1"
            assert (await answer.json())["code"] == "sign-in-throttled"
        await signed_in(client, "Zhao")

        async def free_again() -> bool:
            async with client.post("/api/v1/sessions", json=wrong | {"username": "wang"}) as answer:
                return answer.status == 401

        await until(free_again, what="the end of the first wait")
        async with client.post("/api/v1/sessions", json=wrong) as answer:
            assert answer.status == 429
            assert answer.headers["Retry-After"] == "2"
        async with environment.postgres("gateway") as rows:
            assert "Wang" not in str(await rows.fetch("SELECT * FROM attempts"))
            await rows.execute("UPDATE attempts SET free_again = now()")
        await signed_in(client, "Wang")
        async with environment.postgres("gateway") as rows:
            assert await rows.fetchval("SELECT count(*) FROM attempts WHERE of = 'username'") == 0


async def test_attempts_at_the_same_moment_all_count(environment: Environment) -> None:
    async with platform(environment, registry(), sign_in_free_by_username=5) as client:

        async def attempt() -> int:
            async with client.post("/api/v1/sessions", json={"username": "sun", "password": "no"}) as answer:
                return answer.status

        statuses = await asyncio.gather(*(attempt() for _ in range(30)))
    assert statuses.count(401) == 5
    assert statuses.count(429) == 25


async def test_while_the_registry_is_away_attempts_do_not_count(environment: Environment) -> None:
    body = {"username": "qian", "password": "no"}
    async with platform(environment) as client:
        for _ in range(8):
            async with client.post("/api/v1/sessions", json=body) as answer:
                assert answer.status == 503
                assert (await answer.json())["code"] == "service-away"
        async with environment.postgres("gateway") as rows:
            assert await rows.fetchval("SELECT count(*) FROM attempts") == 0


async def test_what_is_no_sign_in_is_told_field_by_field(environment: Environment) -> None:
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
