"""Where the records lie in a data directory; known without SQLAlchemy."""

from pathlib import Path

NAME = "records.db"
KEY = Path("keys") / "audit"  # beside the database: seals the head of its audit log
