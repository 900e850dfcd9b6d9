"""Starting in spite of damage: what is wrong with `journal.db`, what is kept, what goes on."""
