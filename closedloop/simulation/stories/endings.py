"""How a story ends other than by going on."""


class Ended(Exception):
    """The complaint came to an end. `how`: in words, as its people see it."""

    def __init__(self, how: str) -> None:
        super().__init__(how)
        self.how = how
