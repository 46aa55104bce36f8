"""Answers of image APIs: time, memory, and the event loop."""
