"""Verdicts: a frozen baseline, a promise, and what the days since then prove."""
