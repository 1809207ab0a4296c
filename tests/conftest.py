"""What every test may ask for; each of these modules also says in the report's header what the run stands on."""

pytest_plugins = [
    "tests.fixtures.postgres",
    "tests.fixtures.log",
    "tests.fixtures.system",
    "tests.fixtures.runtimes",
    "tests.fixtures.keycloak",
]
