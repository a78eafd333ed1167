"""Checks credentials with the registry, using the gateway's own token."""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from uuid import UUID

import aiohttp
import orjson
from pydantic import BaseModel, ConfigDict, Field

from shared.identifiers.regions import NATION
from shared.security.caller import Caller, Role
from shared.security.problems import SecondFactorRequired
from shared.security.tokens import Signer, caller_token
from shared.web.problems import OutcomeUnknown, ServiceUnavailable

_PATH = "/internal/credentials"
_GATEWAY = Caller(account_id=UUID(int=0), name="gateway", role=Role.GATEWAY, region=NATION)
_FAILED = (aiohttp.ClientError, TimeoutError)


class Holder(Caller):
    """The owner of the credentials, the epoch of the account's access, and what a used recovery code leaves."""

    epoch: int = 0
    recovery_codes_left: int | None = None

    @property
    def caller(self) -> Caller:
        """Returns the account as a caller."""
        return Caller.model_validate(self.model_dump(exclude={"epoch", "recovery_codes_left"}))


class Credentials(BaseModel):
    """A username and password, and a code of an account that has a second factor."""

    model_config = ConfigDict(extra="forbid")

    username: str = Field(min_length=1, max_length=200)
    password: str = Field(min_length=1, max_length=1000)
    code: str | None = Field(default=None, min_length=1, max_length=64)


@dataclass(frozen=True, slots=True)
class Refusal:
    """The registry's refusal, passed on unchanged."""

    status: int
    body: bytes
    language: str

    @property
    def judged(self) -> bool:
        """Whether a password or a code was checked and found wrong; a code that is missing was not."""
        return self.status == HTTPStatus.UNAUTHORIZED and self.code != SecondFactorRequired.code

    @property
    def code(self) -> str:
        """The stable code of the broken rule."""
        return str(orjson.loads(self.body)["code"])


@dataclass(frozen=True, slots=True)
class Registry:
    """The part of the registry's interface that signing in needs."""

    http: aiohttp.ClientSession
    url: str
    signer: Signer

    async def account_of(self, credentials: Credentials, headers: Mapping[str, str]) -> Holder | Refusal:
        """Returns the account, or the registry's refusal; raises ServiceUnavailable or OutcomeUnknown."""
        inward = {
            **headers,
            "Authorization": f"Bearer {caller_token(self.signer, _GATEWAY, 'registry')}",
            "Content-Type": "application/json",
        }
        body = orjson.dumps(credentials.model_dump(exclude_none=True))
        try:
            async with self.http.post(f"{self.url}{_PATH}", data=body, headers=inward) as answer:
                content = await answer.read()
        except aiohttp.ClientConnectorError as error:
            raise ServiceUnavailable from error
        except _FAILED as error:
            raise OutcomeUnknown from error
        if answer.status == HTTPStatus.OK:
            return Holder.model_validate(orjson.loads(content))
        return Refusal(answer.status, content, answer.headers.get("Content-Language", "zh-CN"))
