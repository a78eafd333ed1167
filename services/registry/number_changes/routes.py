"""The HTTP endpoints of number changes: those of every kind of application."""

from services.registry.applications.routes import routes_for
from services.registry.number_changes.application import INSTITUTION_NUMBER_CHANGE, PHARMACY_NUMBER_CHANGE

institution_number_changes = routes_for(INSTITUTION_NUMBER_CHANGE)
pharmacy_number_changes = routes_for(PHARMACY_NUMBER_CHANGE)
