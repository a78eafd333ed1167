"""Which codes prove a second factor (TOTP, RFC 6238), how one is enrolled, and who resets whose."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import pyotp
from pyotp import OTPVerificationError

from services.registry.second_factors.problems import OwnFactorIsChanged, SuperiorUnitRequired
from shared.identifiers.numbers import level_number
from shared.identifiers.regions import NATION
from shared.problems import NotFound
from shared.security.caller import Caller

ISSUER = "Fuma"
ENROLMENT_LIFE = timedelta(minutes=15)
RECOVERY_CODES = 10
# Clocks of telephones differ: the code before the present one and the one after it are accepted too.
SKEW_STEPS = 1
_DIGITS = re.compile(r"[0-9]{6}")


@dataclass(frozen=True, slots=True)
class SecondFactor:
    """A confirmed second factor: the sealed secret, and the time step of the last code that was used."""

    account_id: UUID
    secret: bytes
    last_step: int
    confirmed_at: datetime


@dataclass(frozen=True, slots=True)
class Enrolment:
    """A secret that was shown once, sealed, and that no code has confirmed yet."""

    account_id: UUID
    secret: bytes
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Proof:
    """A code was right and is used up; `recovery_codes_left` if it was a recovery code."""

    recovery_codes_left: int | None = None


def entered_code(text: str) -> str:
    """The code that somebody typed: in any width and case, with or without spaces and dashes."""
    return level_number(text)


def is_time_based(code: str) -> bool:
    """Whether a code has the six digits of an authenticator; otherwise it is a recovery code."""
    return _DIGITS.fullmatch(code) is not None


def matching_step(secret: str, code: str, now: datetime) -> int | None:
    """The time step whose code this is, of those that are accepted now, or None."""
    try:
        return pyotp.TOTP(secret).verify_and_get_timecode(code, for_time=now, valid_window=SKEW_STEPS)
    except OTPVerificationError:
        return None


def enrolment_uri(secret: str, username: str) -> str:
    """The `otpauth` address that an authenticator reads; the client draws it as a QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=username, issuer_name=ISSUER)


def recovery_index_text(account_id: UUID, code: str) -> str:
    """The text whose keyed hash is stored of a recovery code, which is one account's alone."""
    return f"recovery code of {account_id}: {entered_code(code)}"


def check_reset(caller: Caller, account_id: UUID, region: str) -> None:
    """A superior unit's maintainer resets second factors below; the nation, which has no superior, its own too."""
    NotFound.unless(caller.oversees(region))
    OwnFactorIsChanged.unless(caller.account_id != account_id)
    SuperiorUnitRequired.unless(region != caller.region or region == NATION)
