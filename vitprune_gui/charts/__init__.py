"""Plots of values that were computed elsewhere. Importing one imports pyqtgraph: views wait until they need it."""
