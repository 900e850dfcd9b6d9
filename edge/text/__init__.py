"""The one catalogue of texts for pages, reports, commands and messages."""
