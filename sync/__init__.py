"""What moves through the database that `schema` describes. Start reading at `batch.py`."""
