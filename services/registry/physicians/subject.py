"""Physicians as a kind of staff, at institutions."""

from services.registry.institutions.subject import INSTITUTION
from services.registry.physicians.form import FORM
from services.registry.staff.subject import staff_kind
from shared.contracts.registry.events import Scope

PHYSICIAN = staff_kind(FORM, "physicians", Scope.PHYSICIAN, INSTITUTION)
