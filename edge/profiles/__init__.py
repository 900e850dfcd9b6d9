"""What is usual in a sector, as data: signals and the measures to look at first; never limits."""
