"""From the queue to a made picture: the worker, and the place of those who wait."""
