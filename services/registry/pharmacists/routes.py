"""The HTTP endpoints of pharmacists: those of all staff."""

from services.registry.pharmacists.subject import PHARMACIST
from services.registry.staff.routes import routes_for

pharmacists = routes_for(PHARMACIST)
