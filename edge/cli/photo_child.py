"""A photo shrunk for the service, in a process of its own: the file on stdin, the photo on stdout.

The file may be anybody's: the process yields to the live service and has only so much memory and
time. What it refuses is one line on stderr.
"""

import resource
import sys

from edge.cli.modest import yield_to_service
from edge.errors import Refused
from edge.evidence.photos import shrunk

MOST_MEMORY = 1 << 30  # of address space; a photo takes a tenth of it
MOST_CPU_S = 30
SIZES = 4  # bytes of each side in front of the photo


def main() -> None:
    """Shrink the photo."""
    yield_to_service()
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_CPU_S, MOST_CPU_S))
    try:
        photo = shrunk(sys.stdin.buffer.read())
    except Refused as error:
        sys.exit(str(error))
    sides = b"".join(side.to_bytes(SIZES, "big") for side in (photo.width, photo.height))
    sys.stdout.buffer.write(sides + photo.jpeg)


if __name__ == "__main__":
    main()
