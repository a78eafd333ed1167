"""The rules of authorisations: letter numbers and versions, changes, and scans."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from services.registry.authorisations.problems import AuthorisationClosed, AuthorisationLocked
from services.registry.authorisations.rules import (
    RANDOM_CHARACTERS,
    Authorisation,
    AuthorisationRequest,
    letter_number,
)
from services.registry.filings import FilingState
from shared.contracts.documents.events import LetterMade, ScanMatched
from shared.contracts.registry.events import AuthorisedEnterprise, AuthorisedProvider, Scope
from shared.identifiers.numbers import LEGIBLE_ALPHABET
from shared.ids import new_id
from shared.problems import ChangedMeanwhile, FieldsRefused

NOW = datetime(2026, 11, 22, 20, tzinfo=UTC)
DRAWN = "3K7QWXYA"
HOSPITAL = AuthorisedProvider(
    provider_id=new_id(), kind="institution", name="湘潭市中心医院", uscc=None, licence_number=None
)
ASKED = AuthorisationRequest.of([Scope.NURSE, Scope.INSTITUTION, Scope.NURSE], [HOSPITAL.provider_id])


def an_authorisation() -> Authorisation:
    """A fresh one."""
    return Authorisation(new_id(), new_id(), letter_number(NOW, DRAWN), ASKED, (HOSPITAL,), NOW)


def a_scan(one: Authorisation, letter_version: int = 1, version: int = 2) -> ScanMatched:
    """The stamped letter of a version."""
    return ScanMatched(
        subject_id=one.authorisation_id,
        subject_version=version,
        region="430302",
        letter_number=one.letter_number,
        letter_version=letter_version,
        document_id=new_id(),
        name="scan.pdf",
        pages=1,
        recognised=True,
        uploaded_by=one.account_id,
        uploaded_at=NOW,
    )


def a_letter(one: Authorisation, letter_version: int) -> LetterMade:
    """A letter of a version."""
    return LetterMade(
        subject_id=one.authorisation_id,
        subject_version=letter_version,
        region="430302",
        letter_number=one.letter_number,
        letter_version=letter_version,
        document_id=new_id(),
    )


CHAIN = AuthorisedEnterprise(name="平安大药房连锁有限公司", uscc="91350100M000100Y43")


@pytest.mark.parametrize(
    ("scopes", "count", "enterprise", "code"),
    [
        ((Scope.PHARMACY,), 2, None, "one-pharmacy-for-a-person"),
        ((Scope.PHARMACIST,), 2, None, "one-pharmacy-for-a-person"),
        ((Scope.INSTITUTION,), 1, CHAIN, "enterprise-for-pharmacies"),
        ((Scope.INSTITUTION, Scope.PHARMACY), 1, None, "scopes-of-two-kinds"),
    ],
)
def test_what_no_letter_can_say_is_refused(
    scopes: tuple[Scope, ...], count: int, enterprise: AuthorisedEnterprise | None, code: str
) -> None:
    with pytest.raises(FieldsRefused) as refusal:
        AuthorisationRequest.of(scopes, [new_id() for _ in range(count)], enterprise)
    assert [one.code for one in refusal.value.fields] == [code]


@pytest.mark.parametrize(
    ("scopes", "count", "enterprise"),
    [
        ((Scope.PHARMACY, Scope.PHARMACIST), 1, None),
        ((Scope.PHARMACY, Scope.PHARMACIST), 200, CHAIN),
        ((Scope.INSTITUTION, Scope.NURSE), 3, None),
    ],
)
def test_a_person_has_one_pharmacy_a_letter_and_an_enterprise_many(
    scopes: tuple[Scope, ...], count: int, enterprise: AuthorisedEnterprise | None
) -> None:
    assert len(AuthorisationRequest.of(scopes, [new_id() for _ in range(count)], enterprise).provider_ids) == count


def test_letter_numbers_contain_the_local_date_and_no_look_alikes() -> None:
    assert letter_number(NOW, DRAWN) == "SQ202611233K7QWXYA"
    assert not set(LEGIBLE_ALPHABET) & set("0O1IL2Z5S8BUV")
    assert len(set(LEGIBLE_ALPHABET)) ** RANDOM_CHARACTERS > 10**10


def test_equal_requests_are_equal_in_any_order() -> None:
    other = new_id()
    one = AuthorisationRequest.of([Scope.INSTITUTION, Scope.NURSE], [other, HOSPITAL.provider_id])
    assert one == AuthorisationRequest.of([Scope.NURSE, Scope.INSTITUTION], [HOSPITAL.provider_id, other, other])


def test_scopes_of_pharmacies_and_unknown_institutions_are_refused() -> None:
    with pytest.raises(FieldsRefused):
        AuthorisationRequest.of([Scope.PHARMACY, Scope.NURSE], [HOSPITAL.provider_id])
    with pytest.raises(FieldsRefused):
        AuthorisationRequest.of([Scope.NURSE], [new_id()]).check_known([HOSPITAL])


def test_a_change_voids_the_letter() -> None:
    one = an_authorisation()
    one = one.with_letter(a_letter(one, 1))
    assert one.letter
    changed = one.changed(ASKED, (HOSPITAL,), NOW)
    assert (changed.letter, changed.letter_version, changed.letter_number) == (None, 2, one.letter_number)
    assert changed.with_letter(a_letter(one, 1)).letter is None
    late = changed.with_scan(a_scan(one, letter_version=1), NOW)
    assert (late.scan, late.filing.state) == (None, FilingState.DRAFT)
    assert late.problem == {"code": "scan-outdated", "version": 1, "current": 2}
    assert late.with_scan(a_scan(one, letter_version=2, version=3), NOW).problem is None


def test_a_scan_files_it_once() -> None:
    one = an_authorisation()
    filed = one.with_scan(a_scan(one), NOW)
    assert (filed.filing.state, filed.filing.submission) == (FilingState.SUBMITTED, 1)
    assert filed.with_scan(a_scan(one, version=2), NOW) is filed
    returned = replace(filed, filing=replace(filed.filing, state=FilingState.RETURNED))
    assert returned.with_scan(a_scan(one, version=2), NOW) is returned
    assert returned.with_scan(a_scan(one, version=4), NOW).filing.submission == 2


def test_a_scan_that_overtakes_the_return_is_stored_and_submitted_after_it() -> None:
    one = an_authorisation()
    filed = one.with_scan(a_scan(one), NOW)
    overtaking = a_scan(one, version=3)
    waiting = filed.with_scan(a_scan(one, version=2), NOW).with_scan(overtaking, NOW)
    assert (waiting.filing, waiting.scan) == (filed.filing, filed.scan)
    assert waiting.with_pending_scan_filed(NOW) is waiting
    again = waiting.with_filing(replace(filed.filing, state=FilingState.RETURNED)).with_pending_scan_filed(NOW)
    assert (again.filing.state, again.filing.submission) == (FilingState.SUBMITTED, 2)
    assert again.scan is not None
    assert again.scan["document_id"] == str(overtaking.document_id)
    assert again.pending_scan is None
    approved = waiting.with_filing(replace(filed.filing, state=FilingState.APPROVED))
    assert approved.with_pending_scan_filed(NOW) is approved
    assert approved.pending_scan is None


def test_it_is_changed_only_while_it_is_open_and_as_it_was_seen() -> None:
    one = an_authorisation()
    one.check_changeable(1)
    with pytest.raises(ChangedMeanwhile):
        one.check_changeable(2)
    filed = one.with_scan(a_scan(one), NOW)
    with pytest.raises(AuthorisationLocked):
        filed.check_changeable(filed.version)
    approved = replace(filed, filing=replace(filed.filing, state=FilingState.APPROVED))
    with pytest.raises(AuthorisationClosed):
        approved.check_changeable(approved.version)
