"""Where samples come from: one module or folder for each kind of source, found by its name."""
