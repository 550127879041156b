"""Version 1 of the staging contract: documents as data, views, grants."""
