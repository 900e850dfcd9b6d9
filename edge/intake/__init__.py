"""The asynchronous half of `deliver`, and the only writer of journal, catalog and ledger."""
