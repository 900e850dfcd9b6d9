"""Where a figure comes from: its samples, decisions, gaps, prices and days."""
