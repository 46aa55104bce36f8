"""What Plantain keeps: requests, jobs, the ledger and deliveries in SQLite; pictures in files."""
