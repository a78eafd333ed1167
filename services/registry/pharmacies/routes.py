"""The HTTP endpoints of pharmacies: those of every kind of record."""

from services.registry.pharmacies.subject import PHARMACY
from services.registry.records.routes import routes_for

pharmacies = routes_for(PHARMACY)
