"""The networks: what an architecture fixes, and how each family is built."""
