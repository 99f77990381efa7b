"""`serve-rescuebox`: the server for RescueBox; `ask-rescuebox`: its client."""

from __future__ import annotations

import argparse
import ipaddress
import socket
import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

from detector.errors import DetectorError, SettingsError
from detector.serve import PORT
from detector.settings import Settings

HERE = "127.0.0.1"
NEEDED = "pip install -r requirements-rescuebox.txt -c constraints.txt"


def add_parser(commands: argparse._SubParsersAction[ArgumentParser]) -> None:
    """The arguments of both."""
    serve = commands.add_parser("serve-rescuebox", help="start the server for RescueBox (Flask-ML)")
    serve.add_argument("--host", default=HERE, help=f"address to listen on ({HERE}: this machine only)")
    serve.add_argument("--port", type=int, default=PORT, help=f"port ({PORT})")
    serve.add_argument(
        "--root",
        metavar="FOLDER",
        type=Path,
        action="append",
        help="a folder that requests may name files of, with all below it; may be repeated (your home)",
    )
    serve.set_defaults(command=serve_command)
    ask = commands.add_parser("ask-rescuebox", help="have a running RescueBox server judge a folder")
    ask.add_argument("folder", metavar="FOLDER", type=Path, help="photos and videos, on the server's machine")
    ask.add_argument("--out", metavar="FILE.csv", type=Path, required=True, help="a new table, there too")
    ask.add_argument("--url", default=f"http://{HERE}:{PORT}", help="the server (port 5000 of this machine)")
    ask.add_argument("--detector", metavar="NAME", default="default", help="one of its form (default)")
    ask.add_argument(
        "--checkpoint", metavar="PATH", type=Path, help="weights, or a folder with manifest.json"
    )
    ask.add_argument("--no-face-crop", action="store_true", help="each picture is a face already")
    ask.set_defaults(command=ask_command)


def serve_command(args: Namespace) -> int:
    """Start the server and stay until Ctrl-C."""
    roots = args.root or [Path.home()]
    for root in roots:
        if not root.is_dir():
            raise SettingsError(f"--root {root} is no folder: name one that is there")
    _check_free(args.host, args.port)
    settings = Settings.from_env()
    try:
        from detector.serve.rescuebox import build_server
    except ModuleNotFoundError as fault:
        raise DetectorError(f"{fault.name} is not installed: {NEEDED}") from None
    server = build_server(settings, roots)
    if _is_loopback(args.host):  # a page in a browser cannot then reach it by a name of its own
        server.app.config["TRUSTED_HOSTS"] = ["localhost", HERE, "[::1]"]
    within = ", ".join(str(root.resolve()) for root in roots)
    print(f"RescueBox: http://{args.host}:{args.port}, files of {within}", file=sys.stderr, flush=True)
    server.run(args.host, args.port, debug=False, load_dotenv=False)
    return 0


def ask_command(args: Namespace) -> int:
    """Ask the server and print what it answers."""
    try:
        from detector.serve.client import ask
    except ModuleNotFoundError as fault:
        raise DetectorError(f"{fault.name} is not installed: {NEEDED}") from None
    answered = ask(args.url, args.folder, args.out, args.detector, args.checkpoint, args.no_face_crop)
    print(answered.table, answered.words, sep="\n")
    return 0


def _check_free(host: str, port: int) -> None:
    """SettingsError unless the server can listen there."""
    try:
        with socket.create_server((host, port)):
            return
    except (OSError, OverflowError):
        raise SettingsError(
            f"port {port} of {host} cannot be used: it is taken, or not allowed; name another with --port"
        ) from None


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
