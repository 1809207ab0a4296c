"""The command line of the newer edition."""

from tests.upgrade.newer.edition import lay_over

lay_over()

from tests.upgrade.run import main  # noqa: E402 -- nothing may be opened before the edition is laid over

main()
