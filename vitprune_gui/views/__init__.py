"""Widgets. Each listens to the state and asks the commands; none holds a value of its own."""
