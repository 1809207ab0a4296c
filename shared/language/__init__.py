"""Everything the system says to people, in English and Chinese: sentences of events, of refusals, and words."""

from shared.language.asked import asked_for, spoken_at
from shared.language.catalogue import LANGUAGES
from shared.language.refusals import fault, refusal
from shared.language.sentences import sealed, sentence
from shared.language.words import Voice, word, word_of

__all__ = ["LANGUAGES", "Voice", "asked_for", "fault", "refusal", "sealed", "sentence", "spoken_at", "word", "word_of"]
