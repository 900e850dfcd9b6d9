"""Improvement tasks: who agreed on what, and what the figures say of it."""
