"""The HTTP endpoints of institutions: those of every kind of record."""

from services.registry.archives.routes import add_archive
from services.registry.deletions.routes import add_deletion
from services.registry.institutions.subject import INSTITUTION
from services.registry.records.routes import routes_for

institutions = add_deletion(add_archive(routes_for(INSTITUTION), INSTITUTION), INSTITUTION)
