"""Personal data, sealed under a key per owner: `personal` is pure, `vault` keeps the keys, `keyring` seals and opens.

Nothing is imported here, so that pure code can import `shared.privacy.personal` without a database driver.
"""
