"""Texts that people type into commands: bounded, never blank, and small enough to be sealed.

Sealed, and in whatever script, the texts of a command stay below the envelope's 256 KiB if there are at most three of
`Reasoning`, or a `Narrative` or `LongText` with one `LongText`, one `Reasoning` and four of `Line`.
"""

from typing import Annotated

from pydantic import AfterValidator, StringConstraints

from shared.privacy.personal import checked_text

Line = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500), AfterValidator(checked_text)
]
"""A name, a telephone number, a product: at most 500 characters."""

Reasoning = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=10_000), AfterValidator(checked_text)
]
"""Why something was decided: at most 10,000 characters."""

LongText = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=20_000), AfterValidator(checked_text)
]
"""A letter, a report: at most 20,000 characters, and 64 KiB in UTF-8."""

Narrative = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=30_000), AfterValidator(checked_text)
]
"""What a customer complains of, in their words: at most 30,000 characters, and 64 KiB in UTF-8."""
