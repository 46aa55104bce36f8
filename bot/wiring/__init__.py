"""The composition root: the only room that knows which class implements which port."""
