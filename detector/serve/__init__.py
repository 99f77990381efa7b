"""The server for RescueBox beside the page, and its client: a folder of files in, a table of answers out."""

from __future__ import annotations

PORT = 5000
"""Where the published server listens, and RescueBox looks first."""

PREDICT, DETECTORS = "/predict", "/detectors"
"""The tasks."""

OFF, ON = "False", "True"
"""Of a switch: Flask-ML has no type for one."""

__all__ = ["DETECTORS", "OFF", "ON", "PORT", "PREDICT"]
