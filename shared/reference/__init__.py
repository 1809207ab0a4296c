"""Reference subjects that every service folds alike: staff, authority limits, joined customer files. Pure."""
