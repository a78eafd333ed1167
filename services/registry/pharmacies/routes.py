"""The HTTP endpoints of pharmacies: those of every kind of record."""

from services.registry.archives.routes import add_archive
from services.registry.deletions.routes import add_deletion
from services.registry.pharmacies.subject import PHARMACY
from services.registry.records.routes import routes_for

pharmacies = add_deletion(add_archive(routes_for(PHARMACY), PHARMACY), PHARMACY)
