"""Input events of coding: approvals and confirmed agreements."""

from uuid import UUID

from shared.clock import utc_now
from shared.contracts.agreements.events import AgreementConfirmed
from shared.contracts.registry.events import ProviderApproved
from shared.ids import new_id


def approved(
    number: int, region: str = "430302", *, version: int = 1, institution_type: str = "A100"
) -> ProviderApproved:
    """The approval event of one of many institutions."""
    return ProviderApproved(
        subject_id=new_id(),
        subject_version=version,
        region=region,
        name=f"湘潭市第{number}人民医院",
        legal_name=f"湘潭市第{number}人民医院",
        uscc=None,
        licence_number=f"{number:022d}",
        provider_type=institution_type,
        kind="institution",
        approved_at=utc_now(),
    )


def agreed(institution_id: UUID, region: str = "430302") -> AgreementConfirmed:
    """The event of a confirmed agreement of an institution."""
    today = utc_now().date()
    return AgreementConfirmed(
        subject_id=new_id(),
        subject_version=2,
        region=region,
        provider_id=institution_id,
        provider_kind="institution",
        provider_name="某医院",
        agency_id=new_id(),
        agency_name="湘潭市医疗保障局",
        agreement_type="1",
        begins_on=today,
        ends_on=today,
        happened_at=utc_now(),
    )
