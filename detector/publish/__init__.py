"""Publishing: a finished run to shipped weights, their manifest entry and model card, and their figures."""
