"""The HTTP endpoints of nurses: those of all staff."""

from services.registry.nurses.subject import NURSE
from services.registry.staff.routes import routes_for

nurses = routes_for(NURSE)
