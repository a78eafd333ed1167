"""The jobs of coding."""

from services.coding import use_cases
from shared.jobs.handlers import Jobs
from shared.jobs.rules import Job, Slice
from shared.postgres.transaction import Transaction

jobs = Jobs()


@jobs.handler(use_cases.ASSIGN_WAITING)
async def assign_waiting(tx: Transaction, job: Job) -> Slice:
    """Assigns codes to waiting holders after a policy has changed."""
    return await use_cases.assign_waiting(tx, job)
