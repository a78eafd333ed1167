"""Pharmacists as a kind of staff, at retail pharmacies (PHA-3)."""

from services.registry.pharmacies.subject import PHARMACY
from services.registry.pharmacists.form import FORM
from services.registry.pharmacists.rules import check_transition
from services.registry.staff.subject import staff_kind
from shared.contracts.registry.events import Scope

PHARMACIST = staff_kind(FORM, "pharmacists", Scope.PHARMACIST, PHARMACY, check_transition)
