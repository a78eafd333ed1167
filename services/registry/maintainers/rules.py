"""Which parts of which providers an account can maintain (ACC-3, ACC-4)."""

from collections.abc import Iterable

from shared.contracts.registry.events import Maintainer, Scope

# The kind of provider that a scope belongs to.
PROVIDER_KIND_OF = {
    Scope.INSTITUTION: "institution",
    Scope.PHYSICIAN: "institution",
    Scope.NURSE: "institution",
    Scope.PHARMACY: "pharmacy",
    Scope.PHARMACIST: "pharmacy",
}

# The provider's own record has one maintainer at a time.
EXCLUSIVE = (Scope.INSTITUTION, Scope.PHARMACY)


def exclusive_holder(maintainers: Iterable[Maintainer]) -> Maintainer | None:
    """The account that alone maintains the provider's own record, if one does."""
    return next((one for one in maintainers if exclusive_among(map(Scope, one.scopes))), None)


def exclusive_among(scopes: Iterable[Scope]) -> tuple[Scope, ...]:
    """The scopes that one account alone can hold."""
    return tuple(scope for scope in scopes if scope in EXCLUSIVE)
