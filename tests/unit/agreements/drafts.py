"""Sample agreements."""

from datetime import UTC, datetime
from typing import Any

from services.agreements.rules import Agency, Agreement, AttachedDocument, Party, Provider, added
from shared.ids import new_id
from shared.security.caller import Caller, Role
from tests.environment import a_caller

NOON = datetime(2026, 11, 22, 4, tzinfo=UTC)
MAINTAINER = a_caller(Role.MAINTAINER, "430302")
AGENT = a_caller(Role.AGENCY, "430300")
AGENCY = Agency(AGENT.unit_id or new_id(), "湘潭市医疗保障局", "430300")
HOSPITAL = Provider(
    new_id(), "湘潭市中心医院", "430302", "H43030200001", "institution", frozenset({MAINTAINER.account_id})
)
PAPER = AttachedDocument(new_id(), "协议.pdf", 3)


def terms(**more: Any) -> dict[str, Any]:
    """The terms of a year's agreement."""
    return {
        "agreement_type": "1",
        "name": "2026年度定点医疗机构服务协议",
        "sign_year": 2026,
        "signed_on": "2025-12-20",
        "begins_on": "2026-01-01",
        "ends_on": "2026-12-31",
        "charging_level": "3",
        "service_objects": ["310", "390"],
        "service_scope": ["1"],
        **more,
    }


def agreement(party: Party = Party.PROVIDER, provider: Provider = HOSPITAL) -> Agreement:
    """An agreement that one of the parties has just added."""
    return added(new_id(), party, provider, AGENCY, terms(), PAPER, NOON)


def somebody(role: Role, region: str = "430300", **more: Any) -> Caller:
    """A caller without any relation to it."""
    return a_caller(role, region, **more)
