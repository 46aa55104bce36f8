"""The database engine: transactions, locks and faults."""
