"""Names of documents, readers of letters, and which scan belongs to which letter."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest

from services.documents.letter_maker import statement
from services.documents.pdf.seal import Forged, NotOurs, Seal, open_seal
from services.documents.problems import (
    LetterForged,
    LetterNotRecognised,
    LetterOfAnotherApplication,
    LetterOutdated,
)
from services.documents.rules import (
    Letter,
    Scanned,
    StoredFile,
    as_printed,
    clean_name,
    recognised,
    saved_as,
    turns_of,
)
from shared.contracts.registry.events import AuthorisationPrepared, AuthorisedProvider, Scope
from shared.ids import new_id
from shared.problems import FieldsRefused, RuleBroken
from shared.security.caller import Caller, Role
from tests.unit.documents.letters import KEY, NUMBER

ME = Caller(account_id=new_id(), name="张某某", role=Role.MAINTAINER, region="430302")
LETTER = Letter(
    authorisation_id=new_id(),
    account_id=ME.account_id,
    region="430302",
    number=NUMBER,
    version=2,
    document_id=new_id(),
    made_at=datetime(2026, 11, 22, tzinfo=UTC),
    stored=StoredFile("0" * 64, 1, 1000),
)


def test_a_true_seal_of_the_current_version_is_recognised() -> None:
    assert recognised(LETTER, Scanned((Seal(NUMBER, 2),), "zxing"), None)
    assert recognised(LETTER, Scanned((Seal(NUMBER, 2),), "zxing"), "anything")


@pytest.mark.parametrize("version", [1, 3])
def test_another_version_is_outdated(version: int) -> None:
    with pytest.raises(LetterOutdated) as refused:
        recognised(LETTER, Scanned((Seal(NUMBER, version),)), NUMBER)
    assert "第 2 版" in refused.value.message("zh")


def test_a_seal_of_another_letter_is_reported_whatever_number_is_typed() -> None:
    with pytest.raises(LetterOfAnotherApplication) as refused:
        recognised(LETTER, Scanned((Seal("SQ1", 2),)), NUMBER)
    assert "SQ1" in refused.value.message("zh")


@pytest.mark.parametrize("typed", [None, NUMBER])
def test_a_forged_seal_is_forged_whatever_number_is_typed(typed: str | None) -> None:
    with pytest.raises(LetterForged):
        recognised(LETTER, Scanned((Forged(NUMBER, 2),)), typed)


@pytest.mark.parametrize(
    ("other", "rule"),
    [
        (Seal("SQ1", 2), LetterOfAnotherApplication),
        (Seal(NUMBER, 1), LetterOutdated),
        (Forged(NUMBER, 2), LetterForged),
        (Forged(), LetterForged),
    ],
)
@pytest.mark.parametrize("typed", [None, NUMBER])
def test_a_seal_beside_the_letters_own_refuses_the_scan_for_its_own_reason(
    other: Seal | Forged, rule: type[RuleBroken], typed: str | None
) -> None:
    own = Seal(NUMBER, 2)
    for seals in ((own, other), (other, own), (own, own, other)):
        with pytest.raises(rule):
            recognised(LETTER, Scanned(seals), typed)
    assert recognised(LETTER, Scanned((own, NotOurs(), own)), typed)


@pytest.mark.parametrize("seals", [(), (NotOurs(),)])
def test_without_a_seal_the_number_typed_in_decides(seals: tuple[NotOurs, ...]) -> None:
    assert not recognised(LETTER, Scanned(seals), f" {NUMBER.lower()} ")
    with pytest.raises(LetterOfAnotherApplication):
        recognised(LETTER, Scanned(seals), "SQ1")
    with pytest.raises(LetterNotRecognised) as refused:
        recognised(LETTER, Scanned(seals), None)
    assert refused.value.facts["help_title"] == "附件无法识别时，如何操作？"


def test_a_typed_number_is_normalised() -> None:
    assert as_printed("ｓｑ２０２６ 1122 000123") == NUMBER


def test_a_letter_is_read_by_its_account_and_the_nations_reviewers() -> None:
    nation = ME.model_copy(update={"account_id": new_id(), "role": Role.REVIEWER, "region": "100000"})
    assert LETTER.readable_by(ME)
    assert LETTER.readable_by(nation)
    for change in ({"role": Role.AGENCY}, {"region": "430000"}, {"role": Role.MAINTAINER}):
        assert not LETTER.readable_by(nation.model_copy(update=change))


@pytest.mark.parametrize(
    ("given", "kept", "saved"),
    [
        ("许可证.jpg", "许可证.jpg", "许可证.pdf"),
        ("../../etc/passwd", "etcpasswd", "etcpasswd.pdf"),
        ("a\r\nSet-Cookie: x.PDF", "aSet-Cookie x.PDF", "aSet-Cookie x.pdf"),
        ("v1.2 说明", "v1.2 说明", "v1.2 说明.pdf"),
        (".pdf", "pdf", "pdf.pdf"),
        ("", "附件", "附件.pdf"),
        (None, "附件", "附件.pdf"),
        ("x" * 300, "x" * 200, "x" * 200 + ".pdf"),
    ],
)
def test_names_are_safe_to_show_and_to_save_under(given: str | None, kept: str, saved: str) -> None:
    assert clean_name(given) == kept
    assert saved_as(kept) == saved


def test_files_without_a_turn_stay_as_they_are() -> None:
    assert turns_of("90,270", 3) == (90, 270, 0)
    assert turns_of(None, 2) == (0, 0)
    with pytest.raises(FieldsRefused):
        turns_of("90,90", 1)


def test_the_statement_follows_from_the_event_alone_and_has_the_date_in_china() -> None:
    event = AuthorisationPrepared(
        subject_id=UUID(int=1),
        subject_version=1,
        region="430302",
        letter_number=NUMBER,
        letter_version=2,
        account_id=ME.account_id,
        person_name="张某某",
        person_id_masked="4305**********0011",
        username="zhangmm",
        role="医疗机构维护人员",
        scopes=tuple(Scope),
        providers=(
            AuthorisedProvider(
                provider_id=UUID(int=2), kind="institution", name="某医院", uscc=None, licence_number=None
            ),
        ),
        prepared_at=datetime(2026, 11, 21, 16, 0, tzinfo=UTC),
    )
    stated = statement(event, KEY)
    assert stated == statement(event, KEY)
    assert stated.issued_on.isoformat() == "2026-11-22"
    assert open_seal(KEY, stated.sealed) == Seal(NUMBER, 2)
    assert replace(stated, sealed="") == replace(statement(event, b"f" * 32), sealed="")
