"""Give contract tests their company."""

from __future__ import annotations

import pytest

from tests.support.cluster import Database
from tests.support.company import Company, found


@pytest.fixture
def company(database: Database) -> Company:
    """Give a fresh database with an ERP and two WMSs, connected as each of them."""
    return found(database)
