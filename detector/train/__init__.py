"""Training: the run of a recipe on an index of pictures, and what it leaves in its folder."""
