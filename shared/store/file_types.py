"""Which kinds of evidence files are taken, and whether bytes are what their media type says. Pure.

A file that is not what it says would be opened by another program than its reader expects; so the first bytes decide,
not the name. What they say is only that it is of this kind, not that it does no harm.
"""

import re
from collections.abc import Callable, Mapping

_HEADER = re.compile(rb"[!-9;-~]{1,200}[ \t]*:")
"""How a mail begins: the name of its first header field (RFC 5322)."""

Check = Callable[[bytes], bool]


def _begins(*starts: bytes) -> Check:
    return lambda content: content.startswith(starts)


def _riff(kind: bytes) -> Check:
    return lambda content: content.startswith(b"RIFF") and content[8:12] == kind


def _office(folder: bytes) -> Check:
    """A zip archive with the parts of this kind of document; names stand in an archive as they are."""
    return lambda content: content.startswith(b"PK\3\4") and b"[Content_Types].xml" in content and folder in content


def _mp3(content: bytes) -> bool:
    """A tag, or the frame of layer III that a bare recording begins with."""
    return content.startswith(b"ID3") or (content[:1] == b"\xff" and len(content) > 1 and content[1] & 0xE6 == 0xE2)


def _mp4(content: bytes) -> bool:
    return content[4:8] == b"ftyp"


def _text(content: bytes) -> bool:
    """In UTF-8, or in GB18030 as many Chinese systems write; bytes that are no text are seldom either."""
    return b"\0" not in content and (_decodes(content, "utf-8") or _decodes(content, "gb18030"))


def _decodes(content: bytes, encoding: str) -> bool:
    try:
        content.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _mail(content: bytes) -> bool:
    return _HEADER.match(content) is not None and _text(content)


ALLOWED: Mapping[str, Check] = {
    "application/pdf": _begins(b"%PDF-"),
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": _office(b"xl/"),
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": _office(b"word/"),
    "audio/mp4": _mp4,
    "audio/mpeg": _mp3,
    "audio/ogg": _begins(b"OggS"),
    "audio/wav": _riff(b"WAVE"),
    "audio/x-m4a": _mp4,
    "audio/x-wav": _riff(b"WAVE"),
    "image/jpeg": _begins(b"\xff\xd8\xff"),
    "image/png": _begins(b"\x89PNG\r\n\x1a\n"),
    "image/tiff": _begins(b"II*\0", b"MM\0*"),
    "image/webp": _riff(b"WEBP"),
    "message/rfc822": _mail,
    "text/csv": _text,
    "text/plain": _text,
}
"""By media type. Some browsers name the same kind of recording otherwise, so those names stand here too."""


def media_type_of(header: str) -> str:
    """The media type of a Content-Type header, without parameters such as a charset."""
    return header.partition(";")[0].strip().lower()


def is_what_it_says(media_type: str, content: bytes) -> bool:
    """Whether the content is of this allowed media type."""
    return ALLOWED[media_type](content)
