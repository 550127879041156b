"""Make the whole schema of the main road: staging, book, ops, contract version 1.

Its SQL is frozen; a test proves it equal to what `schema.render` gives today.
"""

from sync.migrate import execute_file

revision = "0001_main_road"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Run the frozen SQL of this revision."""
    execute_file("0001_main_road.sql")
