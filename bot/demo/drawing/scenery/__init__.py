"""Where it is: land, sky and light."""
