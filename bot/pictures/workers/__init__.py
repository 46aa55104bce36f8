"""The processes that strangers' pictures are decoded in: how one is started, confined, given work and listened to."""
