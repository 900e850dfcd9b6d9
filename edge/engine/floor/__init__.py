"""The floor: what runs now, what stood, and why."""
