"""The system calls that the unit leaves a process, and none besides: `… sandbox UNIT COMMAND …`.

The filter is built of the unit's own lines by libseccomp, as systemd does it, and outlives exec.
"""

import ctypes
import errno
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ALLOW, REFUSE = 0x7FFF_0000, 0x0005_0000 | errno.EPERM
NEW_CALLS = -1  # what libseccomp says of a name that it does not know


def allowed(unit: str) -> set[str]:
    """The calls that the lines of a unit leave, taken in their order."""
    found = set[str]()
    for line in re.findall(r"^SystemCallFilter=(.*)$", unit, re.MULTILINE):
        names = {name for word in line.lstrip("~").split() for name in calls(word)}
        found = found - names if line.startswith("~") else found | names
    return found


def calls(word: str) -> Iterator[str]:
    """A call, or those of a group of systemd's."""
    if not word.startswith("@"):
        yield word
        return
    told = subprocess.run(
        ["systemd-analyze", "syscall-filter", word], capture_output=True, text=True, check=True
    )
    for line in told.stdout.splitlines()[1:]:
        if (name := line.strip()) and not name.startswith("#"):
            yield from calls(name)


def restrict(names: set[str]) -> None:
    """Leave this process these calls."""
    library = ctypes.CDLL("libseccomp.so.2")
    library.seccomp_init.restype = ctypes.c_void_p
    library.seccomp_rule_add.argtypes = [
        *(ctypes.c_void_p, ctypes.c_uint32, ctypes.c_int, ctypes.c_uint)
    ]
    library.seccomp_load.argtypes = [ctypes.c_void_p]
    context = library.seccomp_init(REFUSE)
    for name in sorted(names):
        number = library.seccomp_syscall_resolve_name(name.encode())
        if number != NEW_CALLS:
            library.seccomp_rule_add(context, ALLOW, number, 0)
    if failed := library.seccomp_load(context):
        raise OSError(-failed, "the filter cannot be loaded")


if __name__ == "__main__":
    restrict(allowed(Path(sys.argv[1]).read_text("utf-8")))
    os.execv(sys.argv[2], sys.argv[2:])
