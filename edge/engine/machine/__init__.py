"""One machine over a stretch of time: what was read of it, and the rows that follow."""
