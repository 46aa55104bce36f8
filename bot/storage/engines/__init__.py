"""The database engine: a transaction, its locks and its faults."""
