"""Chat platforms: each package translates between one platform and the core, in the same files and class names."""
