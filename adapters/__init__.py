"""Chat platforms. Each package translates between one platform and the core, with the same file and class names."""
