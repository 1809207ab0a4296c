"""Reference subjects that every service folds alike: staff and authority limits. Pure."""
