"""Posts the status of a request, and delivers its outcome to its member."""
