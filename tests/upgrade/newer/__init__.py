"""The edition after this one, laid over this code: it tells more, keeps more, shows more, and needs a migration.

Intake tells a new fact and one more thing in an old one, and shows its register in another version; callback decides by
a fact of intake that it did not want before. As code of tomorrow would, all of it is there before anything runs.
"""
