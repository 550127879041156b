"""Write the report of one reconciliation run: a page, a workbook, CSV or JSON.

Read `reading.py` first: what a report is made of. Then `page.py`, `workbook.py` and `stream.py`.
Everything comes from the rows of the run: no clock, no random number, so that a report is the same
to the byte whenever it is written.
"""

from sync.recon.report.writing import FORMATS, LANGUAGES, TABLES, Wanted, write

__all__ = ["FORMATS", "LANGUAGES", "TABLES", "Wanted", "write"]
