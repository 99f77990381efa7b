"""Commands about this machine and what it has: `models`, `doctor`, `serve`."""

from __future__ import annotations

import dataclasses
import json
from argparse import Namespace

from detector.errors import SettingsError
from detector.settings import Settings

HIGHEST_PORT = 65_535


def models_command(args: Namespace) -> int:
    """Print the table of detectors."""
    from detector.cli.models import as_text, model_rows

    rows = model_rows(Settings.from_env())
    print(json.dumps([dataclasses.asdict(row) for row in rows], indent=2) if args.json else as_text(rows))
    return 0


def doctor_command(args: Namespace) -> int:
    """Print what was checked; 1 where something needs mending."""
    from detector.cli.doctor import examine

    sound = True
    for finding in examine():
        print(finding)
        sound = sound and not finding.broken
    return 0 if sound else 1


def serve_command(args: Namespace) -> int:
    """Start the page and stay until Ctrl-C."""
    settings = Settings.from_env()
    port = settings.port if args.port is None else args.port
    if not 1 <= port <= HIGHEST_PORT:
        raise SettingsError(f"--port is {port}; it must be a whole number from 1 to {HIGHEST_PORT}")
    from detector.engines.threads import use_threads
    from detector.ui.app import build_app, launch_options

    settings = dataclasses.replace(settings, host=args.host or settings.host, port=port)
    use_threads(settings.threads)
    try:
        build_app(settings).launch(ssr_mode=False, **launch_options(settings))
    except OSError as fault:
        where = f"port {port} of {settings.host or 'this machine'}"
        raise SettingsError(
            f"{where} cannot be used: it is taken, or not allowed; name another with --port"
        ) from fault
    return 0
