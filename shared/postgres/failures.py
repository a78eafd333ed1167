"""Tells failures of the infrastructure, which are retried unchanged, from errors of the work."""

import asyncpg

# By class of SQLSTATE (Appendix A of the PostgreSQL documentation): connection, transaction rollback (deadlock,
# serialization), insufficient resources (disk full, too many connections), operator intervention (shutdown,
# statement time-out), system error.
_CLASSES = ("08", "40", "53", "57", "58")
# Lock not available, read-only transaction (a primary that has become a standby), idle in transaction, wrong login
# (a password that is being exchanged), no such database (one that is being restored).
_STATES = frozenset({"55P03", "25006", "25P03", "28P01", "28000", "3D000"})
# What the work itself asked for and did not find says nothing of the infrastructure.
_OF_THE_WORK = (FileNotFoundError, FileExistsError, PermissionError, IsADirectoryError, NotADirectoryError)


def is_infrastructure_failure(error: BaseException) -> bool:
    """Whether an error is a failure of Postgres or of the connection, not of the work."""
    if isinstance(error, asyncpg.PostgresError):
        state = error.sqlstate or ""
        return state.startswith(_CLASSES) or state in _STATES
    if isinstance(error, asyncpg.InterfaceError):
        # asyncpg says by this also that an argument does not fit a statement; no class tells a closed connection.
        return not isinstance(error, ValueError) and "clos" in str(error)
    if isinstance(error, asyncpg.InternalClientError):
        # The server ended the connection at the moment of its use ("cannot switch to state").
        return True
    return isinstance(error, OSError) and not isinstance(error, _OF_THE_WORK)
