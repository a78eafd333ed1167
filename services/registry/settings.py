"""What the registry is told by its environment beyond what every service is."""

from pydantic import SecretStr

from shared.workers.settings import WorkerPoolSettings


class RegistrySettings(WorkerPoolSettings):
    """The passwords of the nation's first accounts are read by `bootstrap` alone."""

    # Usernames, separated by commas, of which no policy demands a second factor: the sample accounts of a trial
    # system. In production there are none.
    second_factor_exempt: str = ""

    bootstrap_reviewer_password: SecretStr | None = None
    bootstrap_maintainer_password: SecretStr | None = None
