"""The SQL condition for who may see a case: a unit its own divisions, maintainers what they maintain (REV-4)."""

from dataclasses import dataclass
from uuid import UUID

from shared.identifiers.regions import NATION
from shared.security.caller import Caller, Role

# Of the row `c`; the parameters from $2 on are those of a Visibility. The cases of a provider and of what belongs
# to it are seen by those who maintain this part of it now (ACC-3); before anybody does, and where there is no
# provider, by who filed. A kind of staff is called as the scope that opens it.
SEEN = """
CASE WHEN $2::uuid IS NOT NULL THEN coalesce(
         (SELECT coalesce(scopes -> ($2::uuid)::text ?| CASE
                     WHEN c.kind IN ('physician', 'nurse', 'pharmacist') THEN ARRAY[c.kind]
                     ELSE ARRAY['institution', 'pharmacy'] END, false)
          FROM provider_maintainers
          WHERE provider_id = coalesce(c.parent_id, c.subject_id) AND cardinality(account_ids) > 0),
         c.filed_by = $2)
     ELSE c.region BETWEEN $3 AND $4 AND (NOT c.nation_only OR $5) END
"""


@dataclass(frozen=True, slots=True)
class Visibility:
    """The cases that a caller sees: what one account maintains or filed, or all within a unit's region."""

    account_id: UUID | None
    low: str = ""
    high: str = ""
    nation: bool = False

    @classmethod
    def of(cls, caller: Caller) -> "Visibility":
        """Returns the visibility of a caller: a reviewer's divisions, or what an account maintains or filed."""
        if caller.role is not Role.REVIEWER:
            return cls(caller.account_id)
        low, high = caller.span
        return cls(None, low, high, caller.region == NATION)

    @property
    def parameters(self) -> tuple[UUID | None, str, str, bool]:
        """Returns the parameters in the order of `SEEN`."""
        return self.account_id, self.low, self.high, self.nation
