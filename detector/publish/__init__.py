"""Publishing: the weights of a finished run, their manifest entry and model card, and their figures."""
