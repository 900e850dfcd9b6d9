"""What is kept of a bug: a file with its trace, for whoever mends it."""

import os
import platform
import sys
from importlib.metadata import version
from pathlib import Path
from tempfile import gettempdir, mkstemp
from traceback import format_exception

FOLDER = "lineproof"


def kept(error: BaseException) -> str:
    """Keep the trace of a bug in a file that only its user can read; where it is, in words."""
    about = (
        f"lineproof {version('lineproof')}, Python {platform.python_version()}, "
        f"{platform.platform()}\n{' '.join(sys.argv[:2])} …\n\n"  # options may hold names of people
    )
    text = about + "".join(format_exception(error))
    for folder in (state() / FOLDER, Path(gettempdir())):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            handle, path = mkstemp(prefix="lineproof-bug-", suffix=".txt", dir=folder)
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
        except OSError:
            continue
        return f"send {path} with it, which holds the trace"
    return "LINEPROOF_LOG=error shows the trace"


def state() -> Path:
    """Where programs of this user keep what nobody edits."""
    root = os.environ.get("XDG_STATE_HOME")
    try:
        return Path(root) if root else Path.home() / ".local" / "state"
    except RuntimeError:  # nobody has a home
        return Path(gettempdir())
