"""The HTTP endpoints of institutions: those of every kind of record."""

from services.registry.institutions.subject import INSTITUTION
from services.registry.records.routes import routes_for

institutions = routes_for(INSTITUTION)
