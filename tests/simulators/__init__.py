"""Servers that speak the real wire protocols on a free port of this machine, and judge what they are sent."""
