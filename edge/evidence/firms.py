"""The firms of a mentor: whose packages lie here, what they tell, and all of them together."""

from typing import Any
from zoneinfo import ZoneInfo

from edge.evidence.across import across, newest
from edge.moment import rfc3339
from edge.records import firms
from edge.records.database import Records
from edge.records.firms import Imported

Document = dict[str, Any]  # JSON


def document(records: Records, zone: ZoneInfo) -> Document:
    """Every firm with its key, the newest package of each of its targets, and all together."""
    packages = firms.imported(records)
    latest = newest(packages)
    return {
        "firms": [
            {
                "site": site,
                "site_name": name_of(packages, site),
                "key": known.key,
                "key_since": rfc3339(known.since_ns, zone),
                "packages": sum(one.site == site for one in packages),
            }
            for site, known in firms.keys(records).items()
        ],
        "imported": [told(one, zone) for one in latest],
        "across": across(latest),
    }


def name_of(packages: list[Imported], site: str) -> str:
    """The name of a site as its last package has it."""
    return next((one.site_name for one in reversed(packages) if one.site == site), site)


def told(package: Imported, zone: ZoneInfo) -> Document:
    """A target of another firm, with whose it is and which package says so."""
    target = {key: value for key, value in package.result["target"].items() if key != "series"}
    names = ("site", "site_name", "manifest", "key", "as_of")
    firm = {name: getattr(package, name) for name in names}
    return {**target, "firm": {**firm, "imported_at": rfc3339(package.imported_ns, zone)}}
