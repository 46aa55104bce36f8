"""From the queue to a painted picture: the worker, and the estimates for requests that wait in the queue."""
