"""Investigation has no rule with a number in it, and no value that spans complaints."""

from shared.decide.service import Guard

GUARDS: tuple[Guard, ...] = ()
