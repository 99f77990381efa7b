"""Faces: found, measured, linked over time and cut out."""
