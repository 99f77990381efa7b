"""`serve`: the page."""

from __future__ import annotations

import argparse
import dataclasses
import importlib.util
from argparse import ArgumentParser, Namespace

from detector.errors import DetectorError, SettingsError
from detector.settings import Settings

HIGHEST_PORT = 65_535


def add_parser(commands: argparse._SubParsersAction[ArgumentParser]) -> None:
    """The arguments of `serve`."""
    serve = commands.add_parser("serve", help="start the page")
    serve.add_argument("--host", help="address to listen on (else UNBLEND_HOST, else this machine only)")
    serve.add_argument("--port", type=int, help="port (else UNBLEND_PORT, else 7860)")
    serve.add_argument("--mcp", action="store_true", help="also be an MCP server, for assistants")
    serve.set_defaults(command=serve_command)


def serve_command(args: Namespace) -> int:
    """Start the page and stay until Ctrl-C."""
    settings = Settings.from_env()
    port = settings.port if args.port is None else args.port
    if not 1 <= port <= HIGHEST_PORT:
        raise SettingsError(f"--port is {port}; it must be a whole number from 1 to {HIGHEST_PORT}")
    if args.mcp and importlib.util.find_spec("mcp") is None:
        raise DetectorError("mcp is not installed: pip install -r requirements-mcp.txt -c constraints.txt")
    from detector.ui.app import build_app, launch_options

    settings = dataclasses.replace(settings, host=args.host or settings.host, port=port)
    try:
        build_app(settings).launch(ssr_mode=False, mcp_server=args.mcp or None, **launch_options(settings))
    except OSError as fault:
        where = f"port {port} of {settings.host or 'this machine'}"
        raise SettingsError(
            f"{where} cannot be used: it is taken, or not allowed; name another with --port"
        ) from fault
    return 0
