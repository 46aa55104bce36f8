"""Gateways to image models, and the hosts that their answers link to."""
