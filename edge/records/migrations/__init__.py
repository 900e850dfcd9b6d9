"""Schema changes of `data/records.db`, applied when it is opened."""
