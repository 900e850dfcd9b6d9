"""The committed description of the interface: `python -m api.openapi > docs/openapi.json`.

It is read where a change is reviewed, and other programs are generated from it. The version of the
software is left out: the description changes when the interface does, and only then.
"""

import json
import sys

from api.app import interface


def described() -> str:
    """What `/openapi.json` serves, with its keys in order and without a version."""
    document = interface("any").openapi()
    return json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


if __name__ == "__main__":
    sys.stdout.write(described())
