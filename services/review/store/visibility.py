"""Who may see a case, as a condition in SQL: a unit its own divisions, a maintainer what they filed (REV-4)."""

from dataclasses import dataclass
from uuid import UUID

from shared.identifiers.regions import NATION
from shared.security.caller import Caller, Role

# Of the row `c`; the parameters from $2 on are those of a Sight.
SEEN = """
CASE WHEN $2::uuid IS NOT NULL THEN c.filed_by = $2
     ELSE c.region BETWEEN $3 AND $4 AND (NOT c.nation_only OR $5) END
"""


@dataclass(frozen=True, slots=True)
class Visibility:
    """What a caller sees: all that one account filed, or all within a unit's region."""

    filed_by: UUID | None
    low: str = ""
    high: str = ""
    nation: bool = False

    @classmethod
    def of(cls, caller: Caller) -> "Visibility":
        """A reviewer sees their unit's divisions, anybody else what they filed."""
        if caller.role is not Role.REVIEWER:
            return cls(caller.account_id)
        low, high = caller.span
        return cls(None, low, high, caller.region == NATION)

    @property
    def parameters(self) -> tuple[UUID | None, str, str, bool]:
        """In the order of `SEEN`."""
        return self.filed_by, self.low, self.high, self.nation
