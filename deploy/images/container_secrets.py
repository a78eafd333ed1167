"""The secrets that containers are given: one folder, from which compose mounts single files."""

from pathlib import Path

from deploy.keys import PASSWORDS, READABLE_IN_CONTAINERS, Passwords, bootstrap_passwords, make_keys, write_secret
from deploy.provision import message_user_of, message_users, owner_of, role_of, roles, with_login
from deploy.settings_table import DATABASE, PROCESSES, PROVINCES
from shared.messaging.policies import CONSUMER_TIMEOUT_MS

POSTGRES_SERVER = "postgresql://postgres:5432"
RABBITMQ_SERVER = "amqp://rabbitmq:5672"
MANAGEMENT_SERVER = "http://rabbitmq:15672"
SUPERUSER, ADMINISTRATOR = "postgres", "administrator"


def make_container_secrets(folder: Path) -> None:
    """Makes keys, passwords and the files made from them; run again, it keeps what there is.

    The folder is closed to others; the files in it are readable, since a container's account differs
    from the owner's and sees only the files that it is given.
    """
    make_keys(folder, mode=READABLE_IN_CONTAINERS)
    passwords = Passwords(folder)
    passwords.for_all([SUPERUSER, ADMINISTRATOR, *roles(), *message_users(PROVINCES)])
    (folder / PASSWORDS).chmod(READABLE_IN_CONTAINERS)
    _write(folder, "postgres.password", passwords.of(SUPERUSER))
    _write(folder, "rabbitmq.conf", _rabbitmq_conf(passwords.of(ADMINISTRATOR)))
    _write(folder, "bootstrap.env", _lines(bootstrap_passwords(passwords)))
    _write(folder, "provision.env", _lines(provision_settings(passwords)))
    for process in PROCESSES:
        _write(folder, f"{process}.env", _lines(process_settings(process, passwords)))
        _write(folder, f"{process}-owner.env", _lines(owner_settings(process, passwords)))


def process_settings(process: str, passwords: Passwords) -> dict[str, str]:
    """The settings of a process that carry a password."""
    role, user = role_of(process), message_user_of(process)
    return {
        "FUMA_POSTGRES_DSN": with_login(POSTGRES_SERVER, role, passwords.of(role), DATABASE),
        "FUMA_RABBITMQ_URL": with_login(RABBITMQ_SERVER, user, passwords.of(user), DATABASE),
    }


def owner_settings(process: str, passwords: Passwords) -> dict[str, str]:
    """What a process's migration needs besides."""
    owner = owner_of(process)
    return {"FUMA_POSTGRES_OWNER_DSN": with_login(POSTGRES_SERVER, owner, passwords.of(owner), DATABASE)}


def provision_settings(passwords: Passwords) -> dict[str, str]:
    """What provisioning needs: the superuser's and the administrator's addresses."""
    administrator = with_login(MANAGEMENT_SERVER, ADMINISTRATOR, passwords.of(ADMINISTRATOR), "")
    return {
        "FUMA_POSTGRES_SUPERUSER_DSN": with_login(POSTGRES_SERVER, SUPERUSER, passwords.of(SUPERUSER), "postgres"),
        "FUMA_RABBITMQ_MANAGEMENT_URL": administrator.rstrip("/"),
    }


def _rabbitmq_conf(password: str) -> str:
    return (
        f"default_user = {ADMINISTRATOR}\n"
        f"default_pass = {password}\n"
        f"default_vhost = {DATABASE}\n"
        "default_user_tags.administrator = true\n"
        "loopback_users = none\n"
        f"consumer_timeout = {CONSUMER_TIMEOUT_MS}\n"
    )


def _lines(settings: dict[str, str]) -> str:
    return "".join(f"{name}={value}\n" for name, value in settings.items())


def _write(folder: Path, name: str, content: str) -> None:
    write_secret(folder / name, content, READABLE_IN_CONTAINERS)
