"""Nurses as a kind of staff, at institutions."""

from services.registry.institutions.subject import INSTITUTION
from services.registry.nurses.form import FORM
from services.registry.staff.subject import staff_kind
from shared.contracts.registry.events import Scope

NURSE = staff_kind(FORM, "nurses", Scope.NURSE, INSTITUTION)
