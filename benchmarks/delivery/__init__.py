"""How soon painted pictures reach their members."""
