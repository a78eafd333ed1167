"""The national code formats, by kind of holder: prefix, region (6 digits), serial. They are rows of a table."""

from collections.abc import Mapping
from dataclasses import dataclass

from services.coding.problems import SerialsExhausted
from shared.identifiers.regions import prefecture_of

ALARM_SHARE = 0.9


@dataclass(frozen=True, slots=True)
class Format:
    """The format of the codes of one kind: a prefix, the region, and a serial with a number of digits."""

    kind: str
    prefix: str
    digits: int

    @property
    def capacity(self) -> int:
        """Returns the number of serials of a prefecture."""
        return int(10**self.digits) - 1

    def code(self, region: str, serial: int) -> str:
        """Builds a code; raises SerialsExhausted beyond the last serial."""
        SerialsExhausted.unless(
            serial <= self.capacity,
            prefecture=prefecture_of(region),
            prefix=self.prefix,
            capacity=self.capacity,
        )
        return f"{self.prefix}{region}{serial:0{self.digits}d}"

    def is_running_out(self, serial: int) -> bool:
        """Whether more than nine tenths of a prefecture's serials are used."""
        return serial > self.capacity * ALARM_SHARE


Formats = Mapping[str, Format]
