"""The page: settings into a Gradio Blocks. Telemetry is switched off here, before Gradio
is first imported.
"""

import os

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
