"""All measures there are: importing this module imports every family of the package.

A family is any other module beside this one; there is no list to keep.
"""

import pkgutil
from collections.abc import Mapping
from importlib import import_module

import kpi.catalogue
from kpi.catalogue.registry import Measure, registered

for family in pkgutil.iter_modules(kpi.catalogue.__path__):
    if family.name != "index":
        import_module(f"kpi.catalogue.{family.name}")

MEASURES: Mapping[str, Measure] = registered()
"""Every measure by name, in the order of the families' names."""
