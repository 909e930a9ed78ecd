"""Learn: a vision transformer seen from inside, on one image."""
