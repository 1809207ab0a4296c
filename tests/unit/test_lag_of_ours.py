"""Lag is told of what this edition of the code keeps."""

from shared.web.probes import _ours

RUNS = {"view:register_v6", "view:cases_v2"}


def test_only_versions_of_views_that_this_code_shows_are_told() -> None:
    assert _ours("decide", RUNS) and _ours("sequence", RUNS)
    assert _ours("view:register_v6_g3", RUNS)
    assert not _ours("view:register_v5_g1", RUNS)
