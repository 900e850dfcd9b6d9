"""The archive: immutable Parquet parts, and the manifest that says which of them count."""
