"""The page: settings into a Gradio Blocks."""
