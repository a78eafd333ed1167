"""Authentication at every endpoint of every service, called directly: each one requires a valid token.

The tests read the endpoints from the running service, so they cover a new one automatically.
"""

import time
from collections.abc import Iterator
from typing import Any

import pytest
from joserfc import jwt

from deploy.keys import make_keys
from deploy.settings_table import SERVICES
from shared.ids import new_id
from shared.security.caller import Caller, Role, claims_of
from shared.security.tokens import Signer, audience_of, caller_token, issuer_of
from shared.web.routes import Endpoint
from tests.environment import a_caller
from tests.security.conftest import WatchedEnvironment

# Whoever opens a door to everybody says so here.
PUBLIC = {
    "registry": {
        "GET /regions",
        "GET /regions/{code}",
        "GET /forms",
        "GET /forms/{kind}",
        "GET /dictionaries/{name}",
        "POST /accounts",
        "GET /accounts/{username}/security-questions",
        "POST /accounts/{username}/password-reset",
    },
    "coding": {"GET /codes", "GET /codes/{code}", "GET /certificates/{token}", "GET /certificate-keys"},
}
# The last is said to a session that can only enrol a second factor.
REFUSALS = {"sign-in-required", "role-required", "second-factor-enrolment-required"}
INTERNAL = {"registry": {"POST /internal/credentials"}}


def more_settings(environment: WatchedEnvironment, service: str) -> dict[str, Any]:
    """The settings of a service beside the common ones."""
    return (
        {"files_url": f"file://{environment.folder}/files", "worker_pool_workers": 1}
        if service == "documents"
        else {}
    )


def path_of(endpoint: Endpoint) -> str:
    """The endpoint's path with a value for each parameter."""
    path = endpoint.path
    for name in endpoint.parameters:
        path = path.replace(f"{{{name}}}", str(new_id()))
    return path


def signed(signer: Signer, claims: dict[str, Any], kid: str | None = None) -> str:
    """A token of the platform's key with these claims and an expiry only."""
    header = signer._header | ({"kid": kid} if kid else {})
    return jwt.encode(header, {"exp": time.time() + 60, **claims}, signer._key, algorithms=["Ed25519"])


def worthless_tokens(environment: WatchedEnvironment, service: str, caller: Caller) -> dict[str, str]:
    """Invalid tokens of a caller who would be admitted."""
    own = Signer(environment.secrets / "token.private.pem", "caller")
    foreign_keys = environment.folder / "foreign"
    make_keys(foreign_keys)
    audience = audience_of(service)
    stands = claims_of(caller) | {"aud": audience, "iss": issuer_of("caller")}
    other = next(one for one in SERVICES if one != service)
    head, claims, signature = caller_token(own, caller, service).split(".")
    _, others, _ = caller_token(own, a_caller(Role.REVIEWER), service).split(".")
    return {
        "signed by another key": caller_token(
            Signer(foreign_keys / "token.private.pem", "caller"), caller, service
        ),
        "expired": own.sign(claims_of(caller), audience=audience, seconds=-1),
        "a receipt": Signer(environment.secrets / "receipt.private.pem", "receipt").sign(
            claims_of(caller), audience=audience, seconds=60
        ),
        "of another kind": Signer(environment.secrets / "token.private.pem", "receipt").sign(
            claims_of(caller), audience=audience, seconds=60
        ),
        "for another service": caller_token(own, caller, other),
        "for nobody": signed(own, claims_of(caller) | {"iss": issuer_of("caller")}),
        "of no issuer": signed(own, claims_of(caller) | {"aud": audience}),
        "of another issuer": signed(own, claims_of(caller) | {"aud": audience, "iss": issuer_of("receipt")}),
        "before its time": signed(own, stands | {"nbf": time.time() + 120}),
        "signed in the future": signed(own, stands | {"iat": time.time() + 120}),
        "without a time": signed(own, stands | {"nbf": "now"}),
        "of an unknown key": signed(own, stands, kid="unknown"),
        "with other claims": f"{head}.{others}.{signature}",
        "without a signature": f"{head}.{claims}.",
        "nonsense": "nonsense",
    }


def refusals_due(
    environment: WatchedEnvironment, service: str, endpoint: Endpoint
) -> Iterator[tuple[str, str | None, int]]:
    """The attempts at an endpoint: description, token and expected status."""
    welcome = a_caller(endpoint.roles[0])
    yield "nobody", None, 401
    for what, token in worthless_tokens(environment, service, welcome).items():
        yield what, token, 401
    for role in set(Role) - set(endpoint.roles):
        yield role.value, environment.token(a_caller(role), service), 403


@pytest.mark.parametrize("service", SERVICES)
async def test_every_endpoint_refuses_a_missing_or_wrong_token(watched: WatchedEnvironment, service: str) -> None:
    async with watched.running(service, **more_settings(watched, service)), watched.client(service) as client:
        let_in = []
        for endpoint in watched.endpoints:
            if endpoint.is_public:
                continue
            for what, token, due in refusals_due(watched, service, endpoint):
                headers = {"Authorization": f"Bearer {token}"} if token else {}
                async with client.request(endpoint.method, path_of(endpoint), headers=headers) as answer:
                    problem = await answer.json(content_type=None)
                    if answer.status != due or problem["code"] not in REFUSALS:
                        let_in.append((endpoint.method, endpoint.path, what, answer.status, problem))
    assert let_in == []
    names = {True: set[str](), False: set[str]()}
    for endpoint in watched.endpoints:
        names[endpoint.is_public].add(f"{endpoint.method} {endpoint.path}")
    assert names[True] == PUBLIC.get(service, set())
    assert len(names[False]) > 1


async def test_internal_endpoints_accept_the_gateway_only(watched: WatchedEnvironment) -> None:
    async with watched.running("registry"):
        internal = {f"{one.method} {one.path}" for one in watched.endpoints if one.internal}
        assert internal == INTERNAL["registry"]
        assert {one.roles for one in watched.endpoints if one.internal} == {(Role.GATEWAY,)}


async def test_a_token_is_invalid_from_the_second_of_its_expiry(watched: WatchedEnvironment) -> None:
    signer = Signer(watched.secrets / "token.private.pem", "caller")
    token = signer.sign(claims_of(a_caller(Role.REVIEWER)), audience=audience_of("coding"), seconds=1)
    ends = time.time() + 2.5
    async with watched.running("coding"), watched.client("coding") as client:
        status = 0
        while status != 401 and time.time() < ends:
            async with client.get("/code-policies", headers={"Authorization": f"Bearer {token}"}) as answer:
                status = answer.status
    assert status == 401


async def test_a_token_is_valid_despite_small_clock_differences_and_during_a_key_change(
    watched: WatchedEnvironment,
) -> None:
    new_keys = watched.folder / "new"
    make_keys(new_keys)
    caller, audience = a_caller(Role.REVIEWER), audience_of("coding")
    public = watched.secrets / "token.public.pem"
    public.write_text(public.read_text() + (new_keys / "token.public.pem").read_text())
    old, new = (Signer(folder / "token.private.pem", "caller") for folder in (watched.secrets, new_keys))
    ahead = claims_of(caller) | {"aud": audience, "iss": issuer_of("caller"), "nbf": time.time() + 10}
    async with watched.running("coding"), watched.client("coding") as client:
        for token in (
            caller_token(old, caller, "coding"),
            caller_token(new, caller, "coding"),
            signed(old, ahead),
        ):
            async with client.get("/code-policies", headers={"Authorization": f"Bearer {token}"}) as answer:
                assert answer.status == 200
