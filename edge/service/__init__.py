"""The composition root: here the rooms meet, and nowhere else."""
