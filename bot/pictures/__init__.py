"""Picture files: what they contain, and how they are decoded. The only package that knows the imaging libraries."""
