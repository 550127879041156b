"""Run the PostgreSQL 18 that travels inside a wheel, for the default that needs no server."""

from sync.embedded.server import EmbeddedServer

__all__ = ["EmbeddedServer"]
