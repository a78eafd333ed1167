"""Who a staff record is about, and what distinguishes it (STA-5, STA-7, COD-5)."""

from datetime import date

from services.registry.records.rules import Copy, Holder, Life, Record, Values
from services.registry.staff.fields import LEFT, RETIRED
from services.registry.staff.problems import NotInPost, StaffExists
from shared.identifiers.citizen_id import parse_citizen_id
from shared.identifiers.invalid import InvalidValue
from shared.problems import RuleBroken

CITIZEN_ID = "01"
ID_FIELDS = ("id_type", "id_number")


def person_text(id_type: str, id_number: str) -> str:
    """What identifies a person: the type of the ID document and its number.

    A citizen's number of 15 digits has become the 18 of today before (STA-5).
    """
    return f"{id_type}:{id_number}"


def citizens_identity(text: str, today: date) -> str | None:
    """What identifies the citizen whose number a text is; None for any other text."""
    try:
        return person_text(CITIZEN_ID, parse_citizen_id(text, today))
    except InvalidValue:
        return None


def by_person_at_provider(_subject: object, record: Record, _values: Values) -> tuple[str, ...]:
    """A practitioner has one record at a provider (STA-7)."""
    return (f"{record.provider_id}:{record.code_holder_id}",)


def check_in_post(record: Record, submitted: Copy) -> None:
    """Nobody is recorded who has retired or left already (STA-3)."""
    state = submitted.values.get("staff_state")
    NotInPost.unless(record.life is not Life.DRAFT or state not in (RETIRED, LEFT), name=record.name)


def staff_exists(_record: Record, holder: Holder) -> RuleBroken:
    """Why a person is not added to a provider a second time; names the record that there is."""
    return StaffExists(name=holder.name, record_id=str(holder.record_id))
