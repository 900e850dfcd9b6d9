"""Findings: what somebody should know of figures that are not wrong."""
