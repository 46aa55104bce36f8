"""The composition root: the only package that knows which class implements which port."""
