"""What the registry tells the other services of providers, as their tests publish it."""

from typing import Any
from uuid import UUID

from shared.clock import utc_now
from shared.contracts.registry.events import Maintainer, MaintainersChanged, ProviderArchived, RecordClosed, Scope
from shared.ids import new_id


def maintainers_changed(
    provider_id: UUID, version: int, region: str, *maintainers: UUID | tuple[UUID, *tuple[Scope, ...]]
) -> MaintainersChanged:
    """Who maintains an institution now: each with scopes, or with that of the institution itself."""
    scoped = [one if isinstance(one, tuple) else (one, Scope.INSTITUTION) for one in maintainers]
    return MaintainersChanged(
        subject_id=provider_id,
        subject_version=version,
        region=region,
        provider_kind="institution",
        maintainers=tuple(Maintainer(account_id=account_id, scopes=scopes) for account_id, *scopes in scoped),
    )


def archived(provider_id: UUID, kind: str = "institution", **more: Any) -> ProviderArchived:
    """The archive of a provider."""
    about = {"name": "某医院", "code": None, "region": "430302", "archived_at": utc_now(), **more}
    return ProviderArchived(subject_id=provider_id, subject_version=20, kind=kind, **about)


def closed(subject_id: UUID, kind: str = "institution", cause: str = "archived") -> RecordClosed:
    """The closing of a record, with its reason."""
    return RecordClosed(
        subject_id=subject_id,
        subject_version=20,
        region="430302",
        kind=kind,
        name="某医院",
        cause=cause,
        reason="该机构已注销",
        closed_by=new_id(),
        closed_by_name="湘潭市医疗保障局",
        closed_at=utc_now(),
    )
