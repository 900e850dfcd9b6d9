"""`lineproof evidence make | verify | key`."""

from pathlib import Path

from edge.cli.output import facts, progress, say, say_json
from edge.cli.site import engine_of, reading, site_of
from edge.clock import SYSTEM
from edge.config.loader import Loaded
from edge.evidence.keys import Signer
from edge.evidence.making import Origin
from edge.evidence.making import make as make_package
from edge.records.database import Records


def make(config: Path, target: str, out: Path, samples: Path | None, *, json: bool) -> None:
    """Make the package of a target and print what it is."""
    loaded = site_of(config)
    signer = Signer.of(keys_of(loaded))
    with engine_of(loaded):
        pass  # the rows are those of all samples that are stored
    with reading(loaded) as stores, progress("making") as told:
        records = Records.open(loaded.data / "records.db")
        origin = Origin(loaded.site, stores, records, signer, SYSTEM)
        made = make_package(origin, target, out, told, samples)
    if json:
        say_json(made)
    else:
        facts(made)


def key(config: Path, *, json: bool) -> None:
    """Print the public key of a site and its id."""
    public = Signer.of(keys_of(site_of(config))).public
    if json:
        say_json({"id": public.id, "public": public.pem.decode()})
    else:
        say(f"{public.id}\n{public.pem.decode()}".rstrip())


def keys_of(loaded: Loaded) -> Path:
    """Where a site's keys lie."""
    return loaded.data / "keys"
