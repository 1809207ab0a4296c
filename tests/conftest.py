"""What every test may ask for; each of these modules also says in the report's header what the run stands on."""

from importlib.util import find_spec

pytest_plugins = [name for name in ("tests.fixtures.postgres", "tests.fixtures.log") if find_spec(name)]
