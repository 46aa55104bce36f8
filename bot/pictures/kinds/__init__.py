"""The kinds of picture file. Each module parses its format, checks that the file is complete, and returns its size."""
