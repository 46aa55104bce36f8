"""For each kind of picture file: the list of what is kept when it leaves as it is, and how that is checked."""
