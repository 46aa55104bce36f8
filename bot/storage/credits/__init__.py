"""Credits in the database: accounts, the ledger, its check."""
