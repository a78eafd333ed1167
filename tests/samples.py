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
