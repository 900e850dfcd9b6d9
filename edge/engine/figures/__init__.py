"""Figures: sums of rows per group, and what they cost."""
