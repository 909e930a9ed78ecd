"""Data that ships with ViTPrune: the sample model and its images, the catalogue, icons. No code."""
