"""Records: what people decided and what was computed, in `data/records.db`."""
