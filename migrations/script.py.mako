"""${message}

Revision: ${up_revision}, after ${down_revision | comma,n}. Its SQL is frozen: mend it by a new one.
"""

from sync.migrate import execute_file

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = ${repr(branch_labels)}
depends_on = ${repr(depends_on)}


def upgrade() -> None:
    """Run the frozen SQL of this revision."""
    execute_file("${up_revision}.sql")
