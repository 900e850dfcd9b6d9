"""Every measure under its name, each a pure function of summed elements.

`kpi.catalogue.index.MEASURES` maps a name to a `Measure`; a family is a module of this package.
How a caller uses it: sum the elements of `registry.ELEMENTS` per group into arrays of shape
(groups,), then `MEASURES["oee"].of(elements)` gives `Bounds(low, value, high)` of that shape and
`MEASURES["oee"].coverage(elements)` the share of planned time that it rests on.
"""
