"""The edges of the house: whoever moves money or carries letters."""
