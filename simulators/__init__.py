"""Machines with causes instead of noise: three lines, the truth about them, two protocols."""
