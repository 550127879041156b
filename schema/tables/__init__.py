"""SQLAlchemy Core tables, one module for each database schema, on one `metadata`."""

from schema.tables.base import metadata

from schema.tables import alarm, archive, book, jobs, ops, policies, recon, staging  # isort: skip

__all__ = ["alarm", "archive", "book", "jobs", "metadata", "ops", "policies", "recon", "staging"]
