"""The desk, wired: its rooms, and the web application over them."""

from fastapi import FastAPI

from shared.config import Settings
from shared.rooms import open_rooms
from shared.web.app import app_for

ROOMS = open_rooms("services.desk")


def create_app(settings: Settings) -> FastAPI:
    """The HTTP API: one route a question and one a read."""
    return app_for(ROOMS, settings)
