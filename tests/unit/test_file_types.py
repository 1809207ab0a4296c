"""Which bytes are of which kind of file."""

import io
import zipfile

import pytest

from shared.store.file_types import ALLOWED, is_what_it_says, media_type_of

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def archive(*names: str) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as made:
        for name in names:
            made.writestr(name, "<xml/>" * 50)
    return written.getvalue()


EXAMPLES = {
    "application/pdf": b"%PDF-1.7\n%\xff\xff\xff\xff\n",
    XLSX: archive("[Content_Types].xml", "xl/workbook.xml"),
    DOCX: archive("[Content_Types].xml", "word/document.xml"),
    "audio/mp4": b"\0\0\0\x20ftypM4A \0\0\0\0",
    "audio/mpeg": b"ID3\4\0\0\0\0\0\0",
    "audio/ogg": b"OggS\0\2\0\0",
    "audio/wav": b"RIFF\x24\0\0\0WAVEfmt ",
    "audio/x-m4a": b"\0\0\0\x1cftypisom\0\0\0\0",
    "audio/x-wav": b"RIFF\x24\0\0\0WAVEfmt ",
    "image/jpeg": b"\xff\xd8\xff\xe0\0\x10JFIF\0",
    "image/png": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
    "image/tiff": b"II*\0\x08\0\0\0",
    "image/webp": b"RIFF\x24\0\0\0WEBPVP8 ",
    "message/rfc822": "Subject: =?utf-8?b?5oqV6K+J?=\r\nFrom: a@b.example\r\n\r\n多收费了".encode(),
    "text/csv": b"date,amount\n2026-03-03,12.50\n",
    "text/plain": "多收了两次费用。".encode(),
}
SAME = ({"audio/mp4", "audio/x-m4a"}, {"audio/wav", "audio/x-wav"}, {"message/rfc822", "text/csv", "text/plain"})
"""Kinds that are told apart by their names only."""


def test_there_is_an_example_of_every_kind() -> None:
    assert EXAMPLES.keys() == ALLOWED.keys()


@pytest.mark.parametrize("media_type", ALLOWED)
def test_a_file_is_of_its_own_kind(media_type: str) -> None:
    assert is_what_it_says(media_type, EXAMPLES[media_type])


@pytest.mark.parametrize("media_type", ALLOWED)
def test_a_file_is_of_no_other_kind(media_type: str) -> None:
    alike = next((kinds for kinds in SAME if media_type in kinds), {media_type})
    taken = {other for other in ALLOWED if is_what_it_says(media_type, EXAMPLES[other])}
    assert media_type in taken and taken <= alike


@pytest.mark.parametrize("media_type", [each for each in ALLOWED if not each.startswith("text/")])
@pytest.mark.parametrize("content", [b"", b"\0", b"MZ\x90\0", b"<html><script>", b"\xff", b"RIFF", b"PK\3\4", b"ftyp"])
def test_a_program_a_page_or_a_stump_is_no_document(media_type: str, content: bytes) -> None:
    assert not is_what_it_says(media_type, content)


@pytest.mark.parametrize("content", [b"\xff\xfb\x90\x64", b"\xff\xf3\x40\xc0", b"\xff\xfa\x90\x00"])
def test_a_bare_recording_in_mp3_begins_with_a_frame(content: bytes) -> None:
    assert is_what_it_says("audio/mpeg", content)


@pytest.mark.parametrize("content", [b"\xff\xd8\xff\xe0", b"\xff\xff", b"\xff\x00\x90", b"\xff"])
def test_what_only_looks_like_a_frame_is_no_mp3(content: bytes) -> None:
    assert not is_what_it_says("audio/mpeg", content)


def test_both_byte_orders_of_tiff_are_taken() -> None:
    assert is_what_it_says("image/tiff", b"MM\0*\0\0\0\x08")


@pytest.mark.parametrize("media_type", [DOCX, XLSX])
@pytest.mark.parametrize(
    "names", [("a.exe",), ("[Content_Types].xml", "ppt/presentation.xml"), ("word/document.xml",), ("xl/workbook.xml",)]
)
def test_an_archive_of_something_else_is_no_document(media_type: str, names: tuple[str, ...]) -> None:
    assert not is_what_it_says(media_type, archive(*names))


def test_text_is_in_utf_8_or_gb18030() -> None:
    for encoding in ("utf-8", "utf-8-sig", "gb18030", "gbk", "ascii"):
        text = "Fee" if encoding == "ascii" else "多收了费用 Fee"
        assert is_what_it_says("text/plain", text.encode(encoding)), encoding


@pytest.mark.parametrize("content", ["Fee".encode("utf-16"), b"a\0b", b"\xff\xfe\xfd", bytes(range(1, 256)), b"\x81"])
def test_bytes_that_are_no_text_are_not_taken_for_one(content: bytes) -> None:
    assert not is_what_it_says("text/plain", content)


@pytest.mark.parametrize("content", [b"Hello\r\n\r\nSubject: late", b": none\r\n", b"\r\nSubject: a", b"two words: a"])
def test_a_mail_begins_with_a_header(content: bytes) -> None:
    assert not is_what_it_says("message/rfc822", content)


@pytest.mark.parametrize(
    "header", ["text/plain", "Text/Plain", "text/plain; charset=utf-8", " text/plain ;charset=gb18030", "TEXT/PLAIN;"]
)
def test_a_media_type_is_read_without_its_parameters(header: str) -> None:
    assert media_type_of(header) == "text/plain"


def test_no_media_type_is_none_that_is_allowed() -> None:
    assert media_type_of("") not in ALLOWED
