"""One module per change; its number is its revision and the newest is the schema."""
