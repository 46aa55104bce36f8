"""Commands, buttons and forms of the simulated Discord."""
