"""The doors beside the page and the command line, for other programs."""
