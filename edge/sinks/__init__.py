"""Where samples go besides the archive: one module or folder for each kind of server."""
