"""The directory service, wired: its rooms, and the web application over them."""

from fastapi import FastAPI

from shared.config import Settings
from shared.rooms import open_rooms
from shared.web.app import app_for

ROOMS = open_rooms("services.directory")


def create_app(settings: Settings) -> FastAPI:
    """The HTTP API: one route a command and one a question."""
    return app_for(ROOMS, settings)
