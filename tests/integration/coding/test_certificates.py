"""Certificates of codes: issued for a code, checked by anybody, refused when anything of them was changed."""

import base64
from typing import Any
from urllib.parse import quote

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from joserfc import jwt
from joserfc.jwk import OKPKey

from services.coding.certificates import AUDIENCE, CertificateSigner
from shared.clock import utc_now
from shared.ids import new_id
from shared.security.caller import Caller, Role
from shared.security.tokens import Signer
from tests.approvals import approved
from tests.environment import Environment
from tests.integration.coding.test_identities import handled, renamed
from tests.provider_events import archived

UNSIGNED_HEAD = base64.urlsafe_b64encode(b'{"alg":"none"}').decode().rstrip("=")
SOMEBODY = Caller(account_id=new_id(), name="张三", role=Role.MAINTAINER, region="430302")
FACTS = {"sub": "H43030200001", "name": "0" * 32, "region": "430302"}
NEVER_ASSIGNED = "H43030299999"


def token_for(environment: Environment, found: dict[str, Any]) -> str:
    """The text of the QR code of a certificate as coding issues it."""
    signer = CertificateSigner(environment.secrets / "certificate.private.pem", "http://127.0.0.1")
    facts = {**found, "assigned_at": utc_now()}
    return signer.issued(facts, utc_now()).url.partition("#")[2]


async def checked(environment: Environment, token: str) -> tuple[int, dict[str, Any]]:
    """The answer to a check by somebody who has not signed in."""
    path = f"/certificates/{quote(token, safe='')}"
    async with environment.client("coding") as anyone, anyone.get(path) as answer:
        return answer.status, await answer.json(content_type=None)


async def test_a_certificate_says_whether_its_name_is_still_in_force(environment: Environment) -> None:
    first = approved(1)
    async with environment.listening("coding.#") as messages, environment.running("coding"):
        await handled(environment, messages, first, then=1)
        code = messages[0][1]["code"]
        async with environment.client("coding") as anyone, anyone.get(f"/codes/{code}") as answer:
            token = token_for(environment, await answer.json())
        status, found = await checked(environment, token)
        assert (status, found["state"], found["certified_name"]) == (200, "current", first.name)
        await handled(environment, messages, renamed(first, "湘潭市乙医院"), then=1)
        status, found = await checked(environment, token)
        assert (status, found["state"], found["certified_name"]) == (200, "superseded", first.name)
        assert (found["code"]["name"], found["code"]["code"]) == ("湘潭市乙医院", code)
        moved = renamed(first, first.name).model_copy(update={"subject_version": 3, "region": "430304"})
        await handled(environment, messages, moved, then=1)
        assert (await checked(environment, token))[1]["state"] == "superseded"
        await handled(environment, messages, archived(first.subject_id), then=2)
        assert (await checked(environment, token))[1]["state"] == "retired"
        async with (
            environment.client("coding", SOMEBODY) as somebody,
            somebody.get(f"/codes/{code}/certificate") as answer,
        ):
            assert (answer.status, (await answer.json(content_type=None))["code"]) == (409, "code-retired")


def other_key() -> str:
    """A private key that the platform does not know."""
    private = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return private.decode()


async def test_nothing_that_coding_has_not_signed_is_a_certificate(
    environment: Environment, tmp_path: Any
) -> None:
    genuine = Signer(environment.secrets / "certificate.private.pem", "certificate")
    token = genuine.sign(FACTS, audience=AUDIENCE, seconds=None)
    head, body, signature = token.split(".")
    (tmp_path / "other.pem").write_text(other_key())
    other = Signer(tmp_path / "other.pem", "certificate")
    key = OKPKey.import_key((environment.secrets / "certificate.private.pem").read_text())
    claims = {**FACTS, "aud": AUDIENCE, "iss": "urn:fuma:coding", "iat": 0}
    borrowed = {"alg": "Ed25519", "typ": "certificate", "kid": key.thumbprint()}
    altered = base64.urlsafe_b64encode(base64.urlsafe_b64decode(body + "==").replace(b"430302", b"430303"))
    refused = {
        "altered": f"{head}.{altered.decode().rstrip('=')}.{signature}",
        "another signature": f"{head}.{body}.{signature[::-1]}",
        "truncated": token[:-9],
        "unsigned": f"{head}.{body}.",
        "an unknown key": other.sign(FACTS, audience=AUDIENCE, seconds=None),
        "an unknown key under a known id": jwt.encode(
            borrowed, claims, OKPKey.import_key(other_key()), algorithms=["Ed25519"]
        ),
        "an unknown key id": jwt.encode({**borrowed, "kid": "unknown"}, claims, key, algorithms=["Ed25519"]),
        "of another kind": jwt.encode({**borrowed, "typ": "receipt"}, claims, key, algorithms=["Ed25519"]),
        "of another issuer": jwt.encode(
            borrowed, {**claims, "iss": "urn:fuma:documents"}, key, algorithms=["Ed25519"]
        ),
        "no algorithm": f"{UNSIGNED_HEAD}.{body}.",
        "for another audience": genuine.sign(FACTS, audience="urn:fuma:coding", seconds=None),
        "a receipt": Signer(environment.secrets / "receipt.private.pem", "receipt").sign(
            FACTS, audience=AUDIENCE, seconds=None
        ),
        "without facts": genuine.sign({}, audience=AUDIENCE, seconds=None),
        "facts of another type": genuine.sign({**FACTS, "sub": 1}, audience=AUDIENCE, seconds=None),
        "a code that was never assigned": genuine.sign(
            {**FACTS, "sub": NEVER_ASSIGNED}, audience=AUDIENCE, seconds=None
        ),
        "huge": "a" * 7000,
        "no token": "湘潭'; --\u202e",
    }
    async with environment.listening("coding.#") as messages, environment.running("coding"):
        # The forged tokens name a code that exists: nothing but what is forged of them refuses them.
        await handled(environment, messages, approved(1), then=1)
        assert messages[0][1]["code"] == FACTS["sub"]
        assert (await checked(environment, token))[0] == 200
        answers = {what: await checked(environment, text) for what, text in refused.items()}
    found = {what: (status, problem["code"]) for what, (status, problem) in answers.items()}
    assert found == dict.fromkeys(refused, (422, "certificate-not-genuine"))


async def test_the_published_key_verifies_a_certificate_without_the_platform(environment: Environment) -> None:
    token = Signer(environment.secrets / "certificate.private.pem", "certificate").sign(
        FACTS, audience=AUDIENCE, seconds=None
    )
    async with (
        environment.running("coding"),
        environment.client("coding") as anyone,
        anyone.get("/certificate-keys") as answer,
    ):
        published = await answer.json()
    keys = {one["key_id"]: OKPKey.import_key(one["public_key"]) for one in published["keys"]}
    assert "PRIVATE" not in str(published)
    decoded = jwt.decode(token, lambda read: keys[read.headers()["kid"]], algorithms=[published["algorithm"]])
    assert decoded.claims["sub"] == FACTS["sub"]
