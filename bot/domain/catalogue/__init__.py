"""What can be asked for: models, their settings, and the formats of endpoints."""
