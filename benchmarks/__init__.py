"""Measured figures, each beside the plain way and in the same run."""
