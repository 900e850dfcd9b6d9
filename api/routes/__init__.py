"""One module a noun; each only translates between HTTP and the engine."""
