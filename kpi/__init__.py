"""The arithmetic of figures and of their proof: numpy in, numpy out, no clock, no files."""
