"""The engine: from committed samples to the element table, and from it to figures."""
