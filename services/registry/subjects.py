"""The kinds of reviewed records, by name."""

from collections.abc import Mapping

from services.registry.institutions.subject import INSTITUTION
from services.registry.pharmacies.subject import PHARMACY
from services.registry.records.subject import Subject

SUBJECTS: Mapping[str, Subject] = {subject.kind: subject for subject in (INSTITUTION, PHARMACY)}
