"""What the registry tells the other services of providers, as their tests publish it."""

from uuid import UUID

from shared.contracts.registry.events import Maintainer, MaintainersChanged, Scope


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
