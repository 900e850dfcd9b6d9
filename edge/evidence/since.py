"""Whether what a package tells was restated since it was made.

A package is never changed; what is known of its time may be. Who holds it must learn that here, for
the file itself still verifies, to the last digit, as it has to.
"""

from contextlib import suppress

from edge.errors import NotFound
from edge.evidence.results import Promise
from edge.records.database import Records
from edge.records.packages import Made, packages
from edge.records.parts import read_elements

KINDS = ("element", "usage")


def restated(records: Records) -> dict[str, int]:
    """When the first row of each package that was restated since became known, by manifest.

    Packages of which all rows still hold are left out, and those whose target nobody knows now.
    """
    found = dict[str, int]()
    for made in packages(records):
        with suppress(NotFound):
            since = [known_ns for kind in KINDS for known_ns in later(records, made, kind)]
            found |= {made.manifest: min(since)} if since else {}
    return found


def later(records: Records, made: Made, kind: str) -> list[int]:
    """When revisions of a package's rows became known, of those made after it."""
    promise, times = Promise.of(records, made.target), list[int]()
    for line in promise.lines:
        rows = read_elements(records, line, promise.from_ns, made.as_of_ns, kind=kind)
        revised = (rows["revision"] > 0) & (rows["knowledge_ns"] > made.made_ns)
        times += rows["knowledge_ns"][revised].tolist()
    return times
