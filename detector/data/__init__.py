"""Data sets: folders of pictures to one index with boxes, landmarks and grouped splits."""
