"""The kinds of picture file: each walks its own format, checks that the file is whole, and gives its size."""
