"""Working twins of the ports. Twin and real thing pass the same contract suites."""
