"""Worker processes that decode strangers' pictures: how they are started, confined, given work and read from."""
