"""Training: a recipe and an index of pictures to weights that the other doors can load."""
