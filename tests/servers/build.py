"""Makes the foreign servers that take minutes: `python -m tests.servers.build`.

One line for each says where it is, or loudly why it is not. With `CI=true` a missing one is a
failure; at a desk its tests are skipped.
"""

import os
import sys
import time

from tests.servers.influxdb import VERSIONS, MissingError, build


def main() -> int:
    """Make what the cache lacks; the number of servers that a continuous integration run lacks."""
    missing = 0
    for version in VERSIONS:
        started_s = time.monotonic()
        try:
            tell(f"InfluxDB {version}: {build(version)} ({time.monotonic() - started_s:.0f} s)")
        except MissingError as error:
            tell(f"MISSING: InfluxDB {version}: {error}; its contract tests do not run")
            missing += 1
    return missing if os.environ.get("CI") == "true" else 0


def tell(line: str) -> None:
    """Say something at once: whoever waits for minutes wants to see it."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
