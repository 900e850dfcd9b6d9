"""The configuration: one folder with `lineproof.yaml`, read whole and refused whole."""
