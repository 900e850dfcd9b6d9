"""The days of a site signed for the service, in a process of its own: `… root_child FOLDER`."""

import sys
from pathlib import Path

from edge.cli.modest import yield_to_service
from edge.cli.roots import signed_due
from edge.cli.site import site_of
from edge.errors import LineproofError


def main() -> None:
    """Sign them; an error of ours is one line on stderr."""
    yield_to_service()
    try:
        signed_due(site_of(Path(sys.argv[1])), lambda _: None)
    except LineproofError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
