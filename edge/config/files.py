"""The files that a configuration names: whether they are there, and secrets for us alone.

None of this keeps the service from starting: the source or sink that needs the file stops, and the
rest go on. `lineproof check` tells it before.
"""

import stat
from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel

from edge.config.places import Places, Step
from edge.errors import Fault, reason

OURS = "keys"  # a folder that we make
OTHERS = 0o177  # whatever is more than reading and writing by the owner


def file_faults(
    config: BaseModel, steps: tuple[Step, ...], folder: Path, places: Places
) -> Iterator[Fault]:
    """What is wrong with the files that a source or sink names.

    Args:
        config: as configured.
        steps: lead to it in the file.
        folder: where relative paths start.
        places: of the file.
    """
    for name in type(config).model_fields:
        value, spot = getattr(config, name), (*steps, name)
        if isinstance(value, BaseModel):
            yield from file_faults(value, spot, folder, places)
        elif isinstance(value, Path) and name != OURS:
            message = wrong_file(folder / value, secret=name == "key" or name.endswith("_file"))
            if message:
                yield places.fault(spot, f"is '{value}', {message}")


def wrong_file(path: Path, *, secret: bool) -> str:
    """What is wrong with a file and what to do; empty where nothing is."""
    try:
        found = path.stat()
    except FileNotFoundError:
        what = "put the secret into it, mode 0600" if secret else "put it there, or mend the name"
        return f"and there is no such file; {what}"
    except OSError as error:
        return f"which cannot be looked at: {reason(error)}; mend its folder's rights"
    if not stat.S_ISREG(found.st_mode):
        return "which is no file; name a file"
    if not found.st_size:
        return "which is empty; write into it what belongs there"
    mode = stat.S_IMODE(found.st_mode)
    if secret and mode & OTHERS:
        return f"which others can use (mode {mode:04o}); run `chmod 600 {path}`"
    return ""
