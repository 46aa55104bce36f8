"""A kernel filter for this process's system calls (Linux, seccomp(2)). Setting it needs no privileges.

A decoder needs none of these calls: they open sockets, start programs, reach into other processes, or open parts of the
kernel in which faults are found again and again. A refused call fails with EPERM.
"""

import ctypes
import errno
import os
import platform
from collections.abc import Mapping, Sequence

_REFUSED: Mapping[str, Mapping[str, int]] = {
    "x86_64": {
        "socket": 41, "socketpair": 53, "connect": 42, "bind": 49, "execve": 59, "ptrace": 101, "mount": 165,
        "add_key": 248, "request_key": 249, "keyctl": 250, "unshare": 272, "perf_event_open": 298, "setns": 308,
        "process_vm_readv": 310, "process_vm_writev": 311, "bpf": 321, "execveat": 322, "userfaultfd": 323,
        "io_uring_setup": 425, "pidfd_getfd": 438,
    },
    "aarch64": {
        "mount": 40, "unshare": 97, "ptrace": 117, "socket": 198, "socketpair": 199, "bind": 200, "connect": 203,
        "add_key": 217, "request_key": 218, "keyctl": 219, "execve": 221, "perf_event_open": 241, "setns": 268,
        "process_vm_readv": 270, "process_vm_writev": 271, "bpf": 280, "execveat": 281, "userfaultfd": 282,
        "io_uring_setup": 425, "pidfd_getfd": 438,
    },
}  # fmt: skip
_ARCHITECTURES: Mapping[str, int] = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
"""AUDIT_ARCH_X86_64 and AUDIT_ARCH_AARCH64. A call made in the way of another architecture has other numbers."""

_X32_FROM = 0x40000000
"""From here on the numbers are those of x32, a second set for the same architecture."""

_SET_SECCOMP, _FILTER = 22, 2  # of prctl(2)

_LOAD, _IF_EQUAL, _IF_AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_NUMBER, _ARCHITECTURE = 0, 4  # their positions in the input of the filter
_ALLOW, _FAIL_WITH = 0x7FFF0000, 0x00050000


class _Instruction(ctypes.Structure):
    _fields_ = (("code", ctypes.c_uint16), ("yes", ctypes.c_uint8), ("no", ctypes.c_uint8), ("value", ctypes.c_uint32))


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("first", ctypes.POINTER(_Instruction)))


def refuse_system_calls() -> None:
    """Refuse this process, for good, the system calls that a decoder does not need. Needs no_new_privs.

    Raises `OSError` if the kernel has no filters, or if we do not know this architecture.
    """
    machine = platform.machine()
    if machine not in _REFUSED:
        raise OSError(errno.ENOTSUP, f"no filter for {machine}")
    instructions = _filter(_ARCHITECTURES[machine], sorted(_REFUSED[machine].values()))
    program = _Program(
        len(instructions), (_Instruction * len(instructions))(*(_Instruction(*each) for each in instructions))
    )
    system = ctypes.CDLL(None, use_errno=True)
    if system.prctl(_SET_SECCOMP, ctypes.c_ulong(_FILTER), ctypes.byref(program), 0, 0) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def _filter(architecture: int, refused: Sequence[int]) -> Sequence[tuple[int, int, int, int]]:
    """Build the filter program. Each test for a refused call jumps to the last instruction, which refuses."""
    count = len(refused)
    return [
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_IF_EQUAL, 0, count + 3, architecture),
        (_LOAD, 0, 0, _NUMBER),
        (_IF_AT_LEAST, count + 1, 0, _X32_FROM),
        *[(_IF_EQUAL, count - place, 0, number) for place, number in enumerate(refused)],
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _FAIL_WITH | errno.EPERM),
    ]
