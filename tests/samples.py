"""Sample values of forms."""

from typing import Any

DETAILS: dict[str, Any] = {
    "legal_name": "湘潭市中心医院",
    "licence_expires_on": "2030-12-31",
    "institution_type": "A100",
    "level": "3",
    "grade": "2",
    "economic_type": "100",
    "operating_nature": "1",
    "affiliation": "40",
    "address_division": "430302",
    "address": "和平路120号",
    "pooling_level": "3",
    "legal_representative": "李某",
    "person_in_charge": "王某",
    "hi_contact_name": "赵某",
    "hi_contact_phone": "0731-58214600",
    "uses_electronic_credential": True,
}
"""An institution's form, but for what tells it from every other: name, numbers, pooling region."""

PHARMACY_DETAILS: dict[str, Any] = {
    "business_licence_from": "2020-03-01",
    "business_licence_long_term": True,
    "licence_expires_on": "2030-12-31",
    "business_scope": ["02", "03"],
    "chain_type": "2",
    "branch": True,
    "economic_type": "100",
    "business_mode": "2",
    "business_state": "0",
    "address_division": "430302",
    "address": "和平路8号",
    "legal_representative": "李某",
    "legal_representative_id_type": "01",
    "legal_representative_id_number": "430302190001010016",
    "person_in_charge": "王某",
    "hi_contact_name": "赵某",
    "hi_contact_phone": "0731-58214600",
}
"""A pharmacy's form, but for what tells it from every other."""

PHYSICIAN_DETAILS: dict[str, Any] = {
    "sex": "1",
    "staff_state": "1",
    "formal_contract": True,
    "contract_long_term": True,
    "certificate_number": "110430000001234",
    "category": "1",
    "scope": ["11"],
    "practice_level": "1",
    "title": "233",
    "multi_site": False,
}
"""A physician's form, but for the person: name, ID document, qualification certificate."""

NURSE_DETAILS: dict[str, Any] = {
    "sex": "2",
    "staff_state": "1",
    "formal_contract": True,
    "contract_from": "2024-01-01",
    "contract_until": "2028-12-31",
    "certificate_number": "201243000123",
    "category": "21",
    "title": "254",
}
"""A nurse's form, but for the person."""

PHARMACIST_DETAILS: dict[str, Any] = {
    "sex": "1",
    "staff_state": "1",
    "formal_contract": True,
    "contract_long_term": True,
    "certificate_type": "1",
    "qualification_number": "ZZ00123456",
    "certificate_number": "430200123456",
    "employer": "湘潭市平安大药房",
    "registered_on": "2024-03-01",
    "expires_on": "2029-02-28",
    "category": "1",
    "scope": "2",
}
"""A retail pharmacist's form, but for the person."""
