"""A command names a file by its hash; whether it is kept here for this very case is known beside the state."""

from shared.decide import Known, Refused, StoredFile

A, B = "complaint:a", "complaint:b"
STORED = StoredFile("ab" * 32, A, "image/png", 512)
KNOWN = Known(files={STORED.sha256: STORED})


def refusal(known: Known, sha256: str, subject: str) -> Refused | None:
    try:
        known.file(sha256, subject)
    except Refused as refused:
        return refused
    return None


def test_a_file_kept_for_the_case_is_found() -> None:
    assert KNOWN.file(STORED.sha256, A) == STORED


def test_a_file_that_is_not_kept_here_is_refused() -> None:
    for known, sha256 in ((KNOWN, "cd" * 32), (Known(), STORED.sha256)):
        refused = refusal(known, sha256, A)
        assert refused is not None and refused.code == "file_unknown"


def test_a_file_of_another_case_is_refused_as_if_it_were_not_there() -> None:
    refused, unknown = refusal(KNOWN, STORED.sha256, B), refusal(KNOWN, "cd" * 32, B)
    assert refused is not None and unknown is not None
    assert (refused.code, refused.message, refused.details) == (unknown.code, unknown.message, unknown.details)
