"""Sample letters, all sealed with one key."""

from datetime import date

from services.documents.pdf.letter import Enterprise, Letter, LetterInstitution, Person
from services.documents.pdf.letter_text import Scope
from services.documents.pdf.seal import seal

KEY = bytes(range(32))
NUMBER = "SQ20261122000123"


def letter(institutions: int = 1, version: int = 2, enterprise: Enterprise | None = None) -> Letter:
    """A letter with this number of institutions; a chain's letter if an enterprise is given."""
    named = tuple(
        LetterInstitution(f"湘潭市雨湖区第{n}社区卫生服务中心", "12430300445302345K", "44530234543030211A1001")
        for n in range(1, institutions + 1)
    )
    return Letter(
        number=NUMBER,
        version=version,
        issued_on=date(2026, 11, 22),
        person=Person("张某某", "4305**********0011", "zhangmm"),
        institutions=named,
        scopes=(Scope.PHARMACY, Scope.PHARMACIST) if enterprise else (Scope.INSTITUTION, Scope.NURSE),
        sealed=seal(KEY, NUMBER, version),
        enterprise=enterprise,
    )


CHAIN = Enterprise("老百姓大药房连锁股份有限公司", "91430000717051234X")
