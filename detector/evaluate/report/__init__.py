"""An evaluation as values, and those as JSON, Markdown and pictures."""
