"""Storage: requests, jobs, the ledger and deliveries in SQLite. Pictures are files: see `picture_store`."""
