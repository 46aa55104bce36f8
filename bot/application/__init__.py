"""The use cases. They know the ports and the domain, and no platform, database or web library."""
