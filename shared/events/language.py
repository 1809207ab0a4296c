"""Importing this module makes every fact of the language known to the registry."""

from shared.events import callback, directory, intake, investigation, resolution

MODULES = (intake, investigation, resolution, callback, directory)
