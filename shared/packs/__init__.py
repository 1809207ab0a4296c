"""Rule packs: figures that rules work with, each with its citation or marked as a house rule."""
