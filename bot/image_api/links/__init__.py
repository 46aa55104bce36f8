"""Downloads linked pictures, but only from safe hosts."""
