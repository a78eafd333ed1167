"""Which codes prove a second factor, of whom it is demanded, and who resets it."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pyotp
import pytest

from services.registry.second_factor_policies.rules import SecondFactorPolicy, decided, is_compulsory
from services.registry.second_factors import rules
from services.registry.second_factors.problems import OwnFactorIsChanged, SuperiorUnitRequired
from services.registry.sign_in.rules import ExemptAccounts
from shared.identifiers.regions import Level
from shared.problems import FieldsRefused, NotFound, RoleRequired
from shared.security.caller import Role
from tests.environment import a_caller

# The secret and a code of RFC 6238, appendix B, in six digits.
SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
RFC_TIME, RFC_CODE = datetime(2005, 3, 18, 1, 58, 29, tzinfo=UTC), "081804"
NOW = datetime(2026, 11, 25, 8, 0, tzinfo=UTC)


def test_a_code_is_that_of_the_standard() -> None:
    assert rules.matching_step(SECRET, RFC_CODE, RFC_TIME) == int(RFC_TIME.timestamp()) // 30


@pytest.mark.parametrize(("steps", "accepted"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_clock_may_differ_by_one_step(steps: int, accepted: bool) -> None:  # noqa: FBT001
    shown = pyotp.TOTP(SECRET).at(NOW, counter_offset=steps)
    step = rules.matching_step(SECRET, shown, NOW)
    assert step == (int(NOW.timestamp()) // 30 + steps if accepted else None)


@pytest.mark.parametrize(("typed", "read", "time_based"), [
    ("081804", "081804", True),
    (" 081 804 ", "081804", True),
    ("０８１８０４", "081804", True),
    ("k7ma-93xd-qrtw", "K7MA93XDQRTW", False),
    ("0818045", "0818045", False),
    ("", "", False),
    ("٠٨١٨٠٤", "٠٨١٨٠٤", False),
])  # fmt: skip
def test_a_code_is_read_as_people_type_it(typed: str, read: str, time_based: bool) -> None:  # noqa: FBT001
    code = rules.entered_code(typed)
    assert (code, rules.is_time_based(code)) == (read, time_based)


def test_a_recovery_code_is_one_accounts_alone() -> None:
    texts = {rules.recovery_index_text(UUID(int=number), "K7MA-93XD-QRTW") for number in (1, 2)}
    assert len(texts) == 2
    assert rules.recovery_index_text(UUID(int=1), "k7ma 93xd qrtw") in texts


@pytest.mark.parametrize(("region", "of", "problem"), [
    ("430300", "430302", None), ("430000", "430302", None), ("100000", "430000", None), ("100000", "100000", None),
    ("430300", "430300", SuperiorUnitRequired), ("430302", "430302", SuperiorUnitRequired),
    ("430302", "430300", NotFound), ("430200", "430302", NotFound),
])  # fmt: skip
def test_a_superior_unit_resets_a_second_factor(region: str, of: str, problem: type[Exception] | None) -> None:
    caller = a_caller(Role.AGENCY, region)
    if problem is None:
        rules.check_reset(caller, UUID(int=1), of)
        return
    with pytest.raises(problem):
        rules.check_reset(caller, UUID(int=1), of)


def test_nobody_resets_their_own() -> None:
    nation = a_caller(Role.AGENCY, "100000")
    with pytest.raises(OwnFactorIsChanged):
        rules.check_reset(nation, nation.account_id, "100000")


def policy(compulsory: bool, hours: int) -> SecondFactorPolicy:  # noqa: FBT001
    effective = NOW + timedelta(hours=hours)
    return SecondFactorPolicy(Role.REVIEWER, Level.CITY, compulsory, effective, NOW, UUID(int=1))


def test_the_latest_decision_that_is_effective_applies() -> None:
    assert not is_compulsory([], NOW)
    decisions = [policy(True, -2), policy(False, -1), policy(True, 1)]
    assert not is_compulsory(decisions, NOW)
    assert is_compulsory(decisions, NOW + timedelta(hours=1))
    assert is_compulsory(decisions[:1], NOW)


def test_the_nation_alone_decides_and_never_in_the_past() -> None:
    for region in ("430000", "430300", "430302"):
        with pytest.raises(RoleRequired):
            decided(a_caller(Role.AGENCY, region), Role.REVIEWER, Level.CITY, NOW, None, compulsory=True)
    nation = a_caller(Role.AGENCY, "100000")
    earlier = NOW - timedelta(seconds=1)
    with pytest.raises(FieldsRefused):
        decided(nation, Role.REVIEWER, Level.CITY, NOW, earlier, compulsory=True)
    assert decided(nation, Role.REVIEWER, Level.CITY, NOW, None, compulsory=True).effective_from == NOW


def test_exempt_accounts_are_those_that_are_named() -> None:
    exempt = ExemptAccounts.of("nation.reviewer, Yuhu.Maintainer,")
    assert exempt.exempts("NATION.reviewer")
    assert exempt.exempts("yuhu.maintainer")
    assert not any(ExemptAccounts.of(none).exempts("") for none in ("", ",", " , "))
    assert not exempt.exempts("nation.reviewer2")
