"""The system calls that a worker may make, as a seccomp filter: whatever is not listed is refused with EPERM.

See seccomp(2), and the kernel's Documentation/userspace-api/seccomp_filter.rst. Written down here rather than
taken from libseccomp, which is a system package, and whose bindings for Python are no longer kept.
"""

import errno
import fcntl
import os
import platform
import struct
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, NamedTuple

# Where a program finds what a call is: struct seccomp_data. Numbers of arguments fit in their lower half.
_NUMBER_AT, _ARCHITECTURE_AT, _ARGUMENTS_AT, _ARGUMENT_SIZE = 0, 4, 16, 8
# Instructions of the classic BPF machine: load a word, compare it, test bits of it, return.
_LOAD, _EQUAL, _ANY_BIT, _RETURN = 0x20, 0x15, 0x45, 0x06
_ALLOW, _KILL, _ERROR = 0x7FFF0000, 0x80000000, 0x00050000
_REFUSE, _UNKNOWN = _ERROR | errno.EPERM, _ERROR | errno.ENOSYS
_INSTRUCTION = struct.Struct("=HBBI")

_CLONE_THREAD = 0x10000
_CLONE_NAMESPACES = 0x7E020080
_PR_SET_NAME, _PR_SET_VMA = 15, 0x53564D41
_TERMINAL_REQUESTS = (0x5401, 0x5413, 0x541B, 0x5450, 0x5451)  # TCGETS, TIOCGWINSZ, FIONREAD, FIONCLEX, FIOCLEX


class Machine(NamedTuple):
    """A processor architecture: its number in the audit system, its column in the table of calls."""

    audit: int
    column: int


_MACHINES: Final = {
    "x86_64": Machine(0xC000003E, 0),
    "aarch64": Machine(0xC00000B7, 1),
}
# Each call's number on x86_64 and on aarch64, None where it has none: asm/unistd_64.h, asm-generic/unistd.h.
_CALLS: Final[Mapping[str, tuple[int | None, int | None]]] = {
    # Reading and writing what is open, the pipes above all.
    "read": (0, 63),
    "write": (1, 64),
    "readv": (19, 65),
    "writev": (20, 66),
    "pread64": (17, 67),
    "lseek": (8, 62),
    "close": (3, 57),
    "fcntl": (72, 25),
    "ioctl": (16, 29),
    "dup": (32, 23),
    "dup2": (33, None),
    "dup3": (292, 24),
    "poll": (7, None),
    "ppoll": (271, 73),
    "select": (23, None),
    "pselect6": (270, 72),
    # Looking at files, and opening them for reading: which ones, Landlock says.
    "open": (2, None),
    "openat": (257, 56),
    "access": (21, None),
    "faccessat": (269, 48),
    "faccessat2": (439, 439),
    "stat": (4, None),
    "lstat": (6, None),
    "fstat": (5, 80),
    "newfstatat": (262, 79),
    "statx": (332, 291),
    "readlink": (89, None),
    "readlinkat": (267, 78),
    "getdents64": (217, 61),
    "getcwd": (79, 17),
    # Memory and threads.
    "mmap": (9, 222),
    "munmap": (11, 215),
    "mprotect": (10, 226),
    "mremap": (25, 216),
    "madvise": (28, 233),
    "brk": (12, 214),
    "clone": (56, 220),
    "futex": (202, 98),
    "membarrier": (324, 283),
    "rseq": (334, 293),
    "set_robust_list": (273, 99),
    "set_tid_address": (218, 96),
    "sched_yield": (24, 124),
    "sched_getaffinity": (204, 123),
    "getcpu": (309, 168),
    "prctl": (157, 167),
    # Signals that it gets, timers, and the signal with which it may end itself.
    "rt_sigaction": (13, 134),
    "rt_sigprocmask": (14, 135),
    "rt_sigreturn": (15, 139),
    "sigaltstack": (131, 132),
    "restart_syscall": (219, 128),
    "setitimer": (38, 103),
    "getitimer": (36, 102),
    "pause": (34, None),
    "tgkill": (234, 131),
    # The time, and what it is itself.
    "clock_gettime": (228, 113),
    "clock_getres": (229, 114),
    "gettimeofday": (96, 169),
    "time": (201, None),
    "times": (100, 153),
    "nanosleep": (35, 101),
    "clock_nanosleep": (230, 115),
    "getrandom": (318, 278),
    "getpid": (39, 172),
    "gettid": (186, 178),
    "getppid": (110, 173),
    "getuid": (102, 174),
    "geteuid": (107, 175),
    "getgid": (104, 176),
    "getegid": (108, 177),
    "getrusage": (98, 165),
    "getrlimit": (97, 163),
    "prlimit64": (302, 261),
    "sysinfo": (99, 179),
    "uname": (63, 160),
    "exit": (60, 93),
    "exit_group": (231, 94),
}
# glibc asks for these first, and then for the older call where there is none; their flags lie in memory, where a
# filter cannot look.
_ABSENT: Final[Mapping[str, tuple[int, int]]] = {"clone3": (435, 435), "openat2": (437, 437)}


class OneOf(NamedTuple):
    """The call is allowed where the argument, counted from 0, is one of the values."""

    argument: int
    values: tuple[int, ...]


class Bits(NamedTuple):
    """The call is allowed where the argument has no forbidden bit and, if any are needed, one of those."""

    argument: int
    forbidden: int
    needed: int = 0


def _conditions() -> Mapping[str, OneOf | Bits]:
    writing = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
    descriptors = (
        fcntl.F_DUPFD,
        fcntl.F_GETFD,
        fcntl.F_SETFD,
        fcntl.F_GETFL,
        fcntl.F_SETFL,
        fcntl.F_DUPFD_CLOEXEC,
    )
    return {
        "open": Bits(1, writing),
        "openat": Bits(2, writing),
        "clone": Bits(0, _CLONE_NAMESPACES, needed=_CLONE_THREAD),
        "fcntl": OneOf(1, descriptors),
        "ioctl": OneOf(1, _TERMINAL_REQUESTS),
        "prctl": OneOf(0, (_PR_SET_NAME, _PR_SET_VMA)),
        "prlimit64": OneOf(0, (0, os.getpid())),
        "tgkill": OneOf(0, (os.getpid(),)),
    }


def filter_program(machine_name: str | None = None) -> bytes:
    """The filter for this process, as an array of struct sock_filter.

    Raises KeyError where the machine's calls are not written down.
    """
    machine, conditions = _MACHINES[machine_name or platform.machine()], _conditions()
    program = [_load(_ARCHITECTURE_AT), *_unless_equal(machine.audit, [_return(_KILL)]), _load(_NUMBER_AT)]
    for name, numbers in _CALLS.items():
        if (number := numbers[machine.column]) is not None:
            program += _if_equal(number, list(_decide(conditions.get(name))))
    for numbers in _ABSENT.values():
        program += _if_equal(numbers[machine.column], [_return(_UNKNOWN)])
    return b"".join([*program, _return(_REFUSE)])


def _decide(condition: OneOf | Bits | None) -> Iterator[bytes]:
    """What is done with a call once its number is known; always ends with a return."""
    match condition:
        case None:
            yield _return(_ALLOW)
        case OneOf(argument, values):
            yield _load(_ARGUMENTS_AT + argument * _ARGUMENT_SIZE)
            for value in values:
                yield from _if_equal(value, [_return(_ALLOW)])
            yield _return(_REFUSE)
        case Bits(argument, forbidden, needed):
            yield _load(_ARGUMENTS_AT + argument * _ARGUMENT_SIZE)
            yield from _if_any_bit(forbidden, [_return(_REFUSE)])
            if needed:
                yield from (*_if_any_bit(needed, [_return(_ALLOW)]), _return(_REFUSE))
            else:
                yield _return(_ALLOW)


def _load(offset: int) -> bytes:
    return _INSTRUCTION.pack(_LOAD, 0, 0, offset)


def _return(what: int) -> bytes:
    return _INSTRUCTION.pack(_RETURN, 0, 0, what)


def _if_equal(value: int, then: list[bytes]) -> Iterable[bytes]:
    return [_INSTRUCTION.pack(_EQUAL, 0, len(then), value), *then]


def _unless_equal(value: int, then: list[bytes]) -> Iterable[bytes]:
    return [_INSTRUCTION.pack(_EQUAL, len(then), 0, value), *then]


def _if_any_bit(mask: int, then: list[bytes]) -> Iterable[bytes]:
    return [_INSTRUCTION.pack(_ANY_BIT, 0, len(then), mask), *then]
