"""The calls of the Linux kernel by which a process gives up its rights, for which Python has no functions.

Constants and structures are those of linux/landlock.h, linux/prctl.h, linux/sched.h, linux/capability.h.
"""

import ctypes
import os
import signal
import struct
from collections.abc import Iterable
from pathlib import Path

_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_SECCOMP, _PR_SET_NO_NEW_PRIVS = 1, 4, 22, 38
_SECCOMP_MODE_FILTER = 2
_CLONE_NEWIPC, _CLONE_NEWUSER, _CLONE_NEWNET = 0x08000000, 0x10000000, 0x40000000
_CAPABILITY_VERSION = 0x20080522

# Landlock's system calls have the same numbers on every machine.
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_RULESET_VERSION, _RULE_PATH_BENEATH = 1, 1
_READ_FILE, _READ_DIR = 1 << 2, 1 << 3
# Outcome many kinds of access to files the kernel's edition of Landlock knows; the first is executing.
_FILE_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15}
_NEWEST_FILE_RIGHTS = 16
_TCP_SINCE, _SCOPES_SINCE = 4, 6
_BIND_AND_CONNECT = _SIGNALS_AND_ABSTRACT_SOCKETS = 0b11

_libc = ctypes.CDLL(None, use_errno=True)


def forbid_new_privileges() -> None:
    """Nothing that this process may execute gives it rights that it lacks; seccomp and Landlock ask for this."""
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)


def die_with_parent() -> None:
    """The kernel kills this process as soon as the one that started it has gone."""
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def hide_memory() -> None:
    """Others of the same user may not read this process's memory, and it leaves no core file."""
    _prctl(_PR_SET_DUMPABLE, 0)


def leave_namespaces(*, with_user: bool) -> None:
    """A network without any interface and nobody's shared memory; `with_user` where only that gives the right."""
    flags = _CLONE_NEWNET | _CLONE_NEWIPC | (_CLONE_NEWUSER if with_user else 0)
    _checked(_libc.unshare(flags))


def drop_capabilities() -> None:
    """Gives up every capability, those in a user namespace of its own too."""
    header, nothing = struct.pack("Ii", _CAPABILITY_VERSION, 0), bytes(24)
    _checked(_libc.capset(header, nothing))


def landlock_version() -> int:
    """The edition of Landlock that the kernel has; raises OSError where there is none."""
    return _syscall(_CREATE_RULESET, None, 0, _RULESET_VERSION)


def restrict_files(readable: Iterable[Path]) -> int:
    """Lets this thread read what lies at or beneath the paths, and use no other file and no TCP; the edition.

    Raises OSError where the kernel has no Landlock.
    """
    version = landlock_version()
    ruleset = _syscall(_CREATE_RULESET, *_ruleset(version), 0)
    try:
        for path in readable:
            _allow_reading(ruleset, path)
        _syscall(_RESTRICT_SELF, ruleset, 0)
    finally:
        os.close(ruleset)
    return version


def install_filter(program: bytes) -> None:
    """Puts every system call of this process from now on before the seccomp filter."""
    instructions = ctypes.create_string_buffer(program, len(program))
    header = struct.pack("HP", len(program) // 8, ctypes.addressof(instructions))
    _prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, header)


def _ruleset(version: int) -> tuple[bytes, int]:
    files = (1 << _FILE_RIGHTS.get(version, _NEWEST_FILE_RIGHTS)) - 1
    handled = struct.pack("Q", files)
    if version >= _TCP_SINCE:
        handled += struct.pack("Q", _BIND_AND_CONNECT)
    if version >= _SCOPES_SINCE:
        handled += struct.pack("Q", _SIGNALS_AND_ABSTRACT_SOCKETS)
    return handled, len(handled)


def _allow_reading(ruleset: int, path: Path) -> None:
    rights = _READ_FILE | _READ_DIR if path.is_dir() else _READ_FILE
    beneath = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        _syscall(_ADD_RULE, ruleset, _RULE_PATH_BENEATH, struct.pack("=Qi", rights, beneath), 0)
    finally:
        os.close(beneath)


def _prctl(option: int, *arguments: int | bytes) -> None:
    padded = [*arguments, *(0 for _ in range(4 - len(arguments)))]
    _checked(_libc.prctl(option, *(ctypes.c_ulong(one) if isinstance(one, int) else one for one in padded)))


def _syscall(number: int, *arguments: int | bytes | None) -> int:
    wide = (ctypes.c_long(one) if isinstance(one, int) else one for one in arguments)
    return _checked(_libc.syscall(ctypes.c_long(number), *wide))


def _checked(result: int) -> int:
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return result
