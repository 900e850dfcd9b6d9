"""Evidence: packages that a stranger checks and recomputes, with nothing else at hand."""
