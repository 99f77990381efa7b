"""Experiments: what a recipe is worth over several runs, and what a run would be worth before it ships."""
