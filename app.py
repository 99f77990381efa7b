"""The page's entry, here and on a Space: settings of the environment into a running page."""

import sys

from detector.environment import use_threads
from detector.errors import DetectorError
from detector.settings import Settings
from detector.ui.app import build_app, launch_options

try:
    settings = Settings.from_env()
    use_threads(settings.threads)
    demo = build_app(settings)
except DetectorError as fault:
    sys.exit(f"unblend: {fault}")

if __name__ == "__main__":
    demo.launch(ssr_mode=False, **launch_options(settings))
