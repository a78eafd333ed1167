"""Builds the registry: the one place where its subjects meet."""

from pathlib import Path

from services.registry import consumers
from services.registry.accounts import routes as account_routes
from services.registry.admissions import routes as admission_routes
from services.registry.archives import jobs as archive_jobs
from services.registry.authorisations import consumers as authorisation_consumers
from services.registry.authorisations import routes as authorisation_routes
from services.registry.demands import routes as demand_routes
from services.registry.dictionaries import routes as dictionary_routes
from services.registry.disease_lists import routes as disease_list_routes
from services.registry.forms import routes as form_routes
from services.registry.imports import jobs as import_jobs
from services.registry.imports import routes as import_routes
from services.registry.imports.kinds import IMPORT_KINDS
from services.registry.imports.uploads import WORKBOOK_WORKERS, WorkbookReader
from services.registry.institutions import routes as institution_routes
from services.registry.number_changes import routes as number_change_routes
from services.registry.nurses import routes as nurse_routes
from services.registry.password_resets import routes as password_reset_routes
from services.registry.pharmacies import routes as pharmacy_routes
from services.registry.pharmacists import routes as pharmacist_routes
from services.registry.physicians import routes as physician_routes
from services.registry.possible_duplicates import routes as possible_duplicate_routes
from services.registry.records import routes as record_routes
from services.registry.records.jobs import jobs_of
from services.registry.regions import loading
from services.registry.regions import routes as region_routes
from services.registry.second_factor_policies import routes as second_factor_policy_routes
from services.registry.second_factors import routes as second_factor_routes
from services.registry.settings import RegistrySettings
from services.registry.sign_in import routes as sign_in_routes
from services.registry.sign_in.rules import ExemptAccounts
from services.registry.staff import routes as staff_routes
from services.registry.subjects import SUBJECTS
from services.registry.units import routes as unit_routes
from services.registry.zones import routes as zone_routes
from shared.jobs.handlers import Jobs
from shared.messaging.subscriptions import Subscriptions
from shared.security.identifiers import Cipher
from shared.security.passwords import Passwords
from shared.security.receipts import receipt_verifier
from shared.service import Endpoints, Foundation, Service
from shared.workers.metrics import exported_metrics
from shared.workers.pool import WorkerPool

NAME = "registry"
MIGRATIONS = Path(__file__).parent / "migrations"

ROUTES = [
    region_routes.regions,
    unit_routes.units,
    account_routes.accounts,
    password_reset_routes.password_resets,
    sign_in_routes.sign_in,
    second_factor_routes.second_factors,
    second_factor_policy_routes.second_factor_policies,
    authorisation_routes.authorisations,
    admission_routes.admissions,
    demand_routes.demands,
    disease_list_routes.disease_lists,
    zone_routes.zones,
    institution_routes.institutions,
    pharmacy_routes.pharmacies,
    possible_duplicate_routes.institution_duplicates,
    possible_duplicate_routes.pharmacy_duplicates,
    physician_routes.physicians,
    nurse_routes.nurses,
    pharmacist_routes.pharmacists,
    staff_routes.practitioners,
    number_change_routes.institution_number_changes,
    number_change_routes.pharmacy_number_changes,
    form_routes.forms,
    dictionary_routes.dictionaries,
    import_routes.imports,
    import_routes.templates,
    import_routes.attachments,
    record_routes.job_progress,
]
SUBSCRIPTIONS = [
    consumers.subscriptions,
    authorisation_consumers.subscriptions,
]


def _joined() -> Subscriptions:
    """The subscriptions of all subjects as the service's own."""
    joined = Subscriptions(NAME)
    joined.all = [one for subscriptions in SUBSCRIPTIONS for one in subscriptions.all]
    return joined


def _jobs(cipher: Cipher) -> Jobs:
    jobs = jobs_of(SUBJECTS, cipher)
    archive_jobs.add_to(jobs, SUBJECTS)
    import_jobs.add_to(jobs, IMPORT_KINDS, cipher)
    return jobs


async def compose(foundation: Foundation[RegistrySettings]) -> Endpoints:
    """The registry begins with the regions of its files in its table."""
    await loading.load(foundation.background)
    secrets = foundation.settings.secrets
    cipher = Cipher.from_file(secrets / "identifiers.json")
    pool: WorkerPool = await foundation.keep(WorkerPool(WORKBOOK_WORKERS, foundation.settings.worker_pool))
    await foundation.keep(exported_metrics(pool))
    return Endpoints(
        routes=ROUTES,
        provides=[
            receipt_verifier(secrets / "receipt.public.pem"),
            cipher,
            WorkbookReader(pool),
            Passwords(),
            ExemptAccounts.of(foundation.settings.second_factor_exempt),
        ],
        subscriptions=_joined(),
        jobs=_jobs(cipher),
    )


SERVICE = Service(NAME, RegistrySettings, MIGRATIONS, compose)
