"""Texts that people type into intake: bounded, never blank, and small enough to be sealed.

A command's texts together must stay well under the envelope's 256 KiB, sealed and in Chinese, so no command takes
more than one of the long kind.
"""

from typing import Annotated

from pydantic import AfterValidator, StringConstraints

from shared.privacy.personal import checked_text

Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500), AfterValidator(checked_text)]
"""A name, a telephone number, a product: at most 500 characters."""

Reasoning = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=10_000), AfterValidator(checked_text)
]
"""Why something was decided: at most 10,000 characters."""

Letter = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=20_000), AfterValidator(checked_text)
]
"""A letter to the customer: at most 20,000 characters, and 64 KiB in UTF-8."""

Narrative = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=30_000), AfterValidator(checked_text)
]
"""What the customer complains of, in their words: at most 30,000 characters, and 64 KiB in UTF-8."""
