"""The store with a long history or a long queue."""
