"""The commands: each asks its rooms and prints; results on stdout, all else on stderr."""
