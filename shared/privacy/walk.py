"""Finding and replacing the pieces of one class inside pydantic models.

A model class is looked at once; of an instance only the fields that can reach such a piece are visited, and most
classes have none.
"""

import dataclasses
import types
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from typing import Annotated, Any, Generic, TypeAliasType, TypeVar, get_args, get_origin, get_type_hints

from pydantic import BaseModel

P = TypeVar("P", bound=BaseModel)
M = TypeVar("M", bound=BaseModel)
