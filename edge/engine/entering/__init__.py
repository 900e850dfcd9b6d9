"""What people write down: facts, entries of the dated tables, edits of stops."""
