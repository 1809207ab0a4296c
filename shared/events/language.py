"""Importing this module makes every fact of the language known to the registry."""

from shared.events import accountability, callback, customers, directory, intake, investigation, resolution

MODULES = (intake, customers, investigation, resolution, accountability, callback, directory)
"""What each service may state; two services have a second module for subjects other than complaints."""
