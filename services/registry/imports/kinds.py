"""The kinds of records that workbooks are imported as: a chain's stores, and staff (IMP-1, IMP-8)."""

from collections.abc import Mapping

from services.registry.imports.import_kind import ImportKind
from services.registry.pharmacies.subject import PHARMACY
from services.registry.subjects import STAFF

IMPORT_KINDS: Mapping[str, ImportKind] = {
    one.subject.kind: one
    for one in (ImportKind(PHARMACY), *(ImportKind(staff.subject, staff.provider) for staff in STAFF))
}
