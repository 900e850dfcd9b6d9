"""Tables that other programs wrote: read into columns, every fault named by its row."""
