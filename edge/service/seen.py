"""What the audit log notes at a start: what was changed by hand while no service looked."""

import hashlib
from contextlib import suppress
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from edge.config.loader import FILE, Loaded
from edge.errors import JournalFull, JournalUnwritable, Misconfigured
from edge.evidence.keys import Signer, ensure
from edge.records.audit import note_seen
from edge.records.database import Records
from edge.status import Status

Document = dict[str, Any]  # JSON
MACHINE = Path("/etc/machine-id")
ID_DIGITS = 32


def note_start(loaded: Loaded, status: Status, now_ns: int) -> None:
    """Log what is new since the last start: configuration, device, signing key, open source.

    The key is made at the first start, so that its id can be noted. The service starts in any case:
    a log that takes nothing is a finding.
    """
    keys = loaded.data / "keys"
    try:
        ensure(keys)
        records = Records.open(loaded.data / "records.db")
    except (OSError, JournalFull, JournalUnwritable) as error:
        status.find("gateway", "audit", str(error), now_ns)
        return
    text = loaded.file.read_bytes()
    present: dict[str, dict[str, Document]] = {
        "configuration": {FILE: {"sha256": hashlib.sha256(text).hexdigest(), "bytes": len(text)}},
        "unencrypted source": exceptions(loaded),
    }
    if said := device():
        present["device"] = {"device": {"id": said}}
    found = list[str]()
    try:
        present["evidence key"] = {"evidence": {"id": Signer.of(keys).public.id}}
    except Misconfigured as error:
        found.append(str(error))
    found += [note_seen(records, now_ns, what, said) for what, said in present.items()]
    status.find("gateway", "audit", next(filter(None, found), ""), now_ns)


def device() -> str:
    """Which box this is: the same for as long as its system is not installed anew.

    The system's own id is not to be told to others, so it is hashed. Empty where there is none.
    """
    with suppress(OSError):
        if name := MACHINE.read_bytes().strip():
            return hashlib.sha256(b"lineproof device " + name).hexdigest()[:ID_DIGITS]
    return ""


def exceptions(loaded: Loaded) -> dict[str, Document]:
    """The sources that may send everything readable, and why, by id."""
    found: dict[str, Document] = {}
    for source in loaded.sources:
        security = getattr(source.config, "security", None)
        if isinstance(security, BaseModel) and (why := getattr(security, "exception", "")):
            found[source.id] = {"exception": why}
    return found
