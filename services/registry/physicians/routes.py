"""The HTTP endpoints of physicians: those of all staff."""

from services.registry.physicians.subject import PHYSICIAN
from services.registry.staff.routes import routes_for

physicians = routes_for(PHYSICIAN)
