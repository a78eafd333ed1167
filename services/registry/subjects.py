"""The kinds of reviewed records, by name."""

from collections.abc import Mapping

from services.registry.institutions.subject import INSTITUTION
from services.registry.number_changes.application import INSTITUTION_NUMBER_CHANGE, PHARMACY_NUMBER_CHANGE
from services.registry.nurses.subject import NURSE
from services.registry.pharmacies.subject import PHARMACY
from services.registry.pharmacists.subject import PHARMACIST
from services.registry.physicians.subject import PHYSICIAN
from services.registry.records.subject import Subject

APPLICATIONS = (INSTITUTION_NUMBER_CHANGE, PHARMACY_NUMBER_CHANGE)
STAFF = (PHYSICIAN, NURSE, PHARMACIST)
SUBJECTS: Mapping[str, Subject] = {
    subject.kind: subject for subject in (INSTITUTION, PHARMACY, *(one.subject for one in (*APPLICATIONS, *STAFF)))
}
