"""Whether what a package tells was restated since it was made.

A package is never changed; what is known of its time may be. Who holds it must learn that here, for
the file itself still verifies, to the last digit, as it has to.
"""

from edge.evidence.results import Promise
from edge.records import proof
from edge.records.database import Records
from edge.records.loosened import read_loosened
from edge.records.packages import Made, packages
from edge.records.parts import read_restated

KINDS = ("element", "usage")


def restated(records: Records) -> dict[str, int]:
    """When the first row of each package that was restated since became known, by manifest.

    Packages of which all rows still hold are left out, and those whose target or baseline nobody
    knows now.
    """
    found = dict[str, int]()
    with records.seeing():
        promises = promised(records)
        for made in packages(records):
            times = later(records, made, promises[made.target]) if made.target in promises else []
            found |= {made.manifest: min(times)} if times else {}
    return found


def promised(records: Records) -> dict[str, Promise]:
    """Every target with its baselines, by id; one of which a baseline was lost is left out."""
    frozen = proof.kept(records, proof.baseline)
    return {
        target: Promise(body, [frozen[one] for one in body["baselines"]])
        for target, body in proof.kept(records, proof.target).items()
        if frozen.keys() >= set(body["baselines"])
    }


def later(records: Records, made: Made, promise: Promise) -> list[int]:
    """When revisions of a package's rows became known, of those made after it.

    And when loose increments changed: figures add them, though no row tells of them.
    """
    span, found = (promise.from_ns, made.as_of_ns), list[int]()
    for line in promise.lines:
        for kind in KINDS:
            found += read_restated(records, kind, line, span, made.made_ns).tolist()
        found += read_loosened(records, line, span, made.made_ns)
    return found
