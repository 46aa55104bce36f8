"""Values and pure rules: no I/O, no asyncio, no library but Python's own."""
