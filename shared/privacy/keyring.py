"""Sealing the personal data of events before they are written, and opening it for those who may read it.

AES-256-GCM under the owner's key; event id and field path are bound in, so that a ciphertext moved to another event
or field does not open. A token is base64url of: format byte, key generation (2 bytes, big-endian), nonce (12 bytes,
random, new at each sealing), ciphertext and tag. A sealed file is those same bytes as they are, bound to its subject
and its media type.
"""

import asyncio
import binascii
import os
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Callable, Collection, Sequence
from typing import Final, TypeVar

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pydantic import BaseModel

from shared.privacy.personal import Personal, checked_owner, personal_fields, with_personal
from shared.privacy.vault import Vault

_FORMAT: Final = 1
_GENERATION: Final = 1
_FRAME: Final = bytes([_FORMAT]) + _GENERATION.to_bytes(2)
_NONCE_END: Final = len(_FRAME) + 12

M = TypeVar("M", bound=BaseModel)
Pieces = dict[str, Personal]
"""By field path."""


class SealBroken(Exception):
    """A ciphertext is not what was sealed here: changed, cut, moved from another event or field, or another format."""


class PersonErased(Exception):
    """Something was to be sealed for an owner whose key has been destroyed. `owners` says whose."""

    def __init__(self, owners: Collection[str]) -> None:
        self.owners = tuple(sorted(owners))
        super().__init__(f"Nothing can be recorded any more about {', '.join(self.owners)}: erased.")


class KeyMissing(Exception):
    """There is ciphertext, but the vault knows neither a key of its owner nor that one was destroyed.

    Not an erasure but a loss: the vault is not the one that this was sealed with, or was restored to before it.
    """


class Keyring:
    """Seals and opens whole batches, with one question to the vault each. Errors of the vault pass through."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    async def seal(self, models: Sequence[tuple[str, M]]) -> list[M]:
        """The models, each given with its event's id, with all that was clear sealed, and no clear text at hand.

        What is sealed already must have been sealed for this event and field, or it would stand in the log for ever
        and never open: SealBroken. Raises PersonErased for a destroyed owner; then nothing is sealed.
        """
        pieces = [dict(personal_fields(model)) for _, model in models]
        ciphers = await self._ciphers(pieces, create=True)
        if erased := [owner for owner, cipher in ciphers.items() if cipher is None]:
            raise PersonErased(erased)
        usable = {owner: cipher for owner, cipher in ciphers.items() if cipher is not None}
        return [
            with_personal(model, {path: _sealed(usable[one.owner], one, event_id, path) for path, one in found.items()})
            for (event_id, model), found in zip(models, pieces, strict=True)
        ]

    async def open(self, items: Sequence[tuple[str, M]], *, only: Callable[[str], bool] | None = None) -> list[M]:
        """The models, each given with its event's id, with all that is sealed opened, or marked erased.

        `only`: opens what is of these owners and leaves the rest as it is; so a scope stays shut to who may not read
        it. Raises SealBroken, KeyMissing.
        """
        pieces = [
            {
                path: one
                for path, one in personal_fields(model)
                if _wants_opening(one) and (only is None or only(one.owner))
            }
            for _, model in items
        ]
        ciphers = await self._ciphers(pieces, create=False)
        await self._refuse_missing([owner for owner, cipher in ciphers.items() if cipher is None])
        return [
            with_personal(
                model, {path: _opened(ciphers[one.owner], one, event_id, path) for path, one in found.items()}
            )
            for (event_id, model), found in zip(items, pieces, strict=True)
        ]

    async def seal_file(self, owner: str, subject: str, media_type: str, clear: bytes) -> bytes:
        """The file, sealed; the same bytes sealed again are other bytes. Raises PersonErased."""
        key = (await self._vault.keys([checked_owner(owner)], create=True))[owner]
        if key is None:
            raise PersonErased([owner])
        # So many bytes take a while: in another thread, the others need not wait for it.
        return await asyncio.to_thread(_encrypted, AESGCM(key), clear, _bound_file(subject, media_type))

    async def open_file(self, owner: str, subject: str, media_type: str, sealed: bytes) -> bytes:
        """The clear bytes of a sealed file. Raises PersonErased, SealBroken, KeyMissing."""
        key = (await self._vault.keys([owner], create=False))[owner]
        if key is None:
            await self._refuse_missing([owner])
            raise PersonErased([owner])
        where = f"a file of {subject} (owner {owner})"
        return await asyncio.to_thread(_unframed, AESGCM(key), sealed, _bound_file(subject, media_type), where)

    async def _ciphers(self, pieces: Sequence[Pieces], *, create: bool) -> dict[str, AESGCM | None]:
        owners = {one.owner for found in pieces for one in found.values()}
        keys = await self._vault.keys(owners, create=create) if owners else {}
        return {owner: None if key is None else AESGCM(key) for owner, key in keys.items()}

    async def _refuse_missing(self, owners: Sequence[str]) -> None:
        if owners and (missing := set(owners) - await self._vault.destroyed(owners)):
            raise KeyMissing(
                f"the vault has no key of {', '.join(sorted(missing))} and no record of an erasure: "
                "connect the vault that this log was sealed with, or restore its newest backup"
            )


def _wants_opening(one: Personal) -> bool:
    return one.is_sealed and not one.is_open and not one.is_erased


def _sealed(cipher: AESGCM, one: Personal, event_id: str, path: str) -> Personal:
    if one.sealed is not None:
        _decrypted(cipher, one, event_id, path)
        return one.sealed_as(one.sealed)
    raw = _encrypted(cipher, one.clear.encode(), _bound(event_id, path))
    return one.sealed_as(urlsafe_b64encode(raw).rstrip(b"=").decode())


def _encrypted(cipher: AESGCM, clear: bytes, bound: bytes) -> bytes:
    nonce = os.urandom(_NONCE_END - len(_FRAME))
    return _FRAME + nonce + cipher.encrypt(nonce, clear, bound)


def _opened(cipher: AESGCM | None, one: Personal, event_id: str, path: str) -> Personal:
    if cipher is None:
        return one.found_erased()
    return one.opened_as(_decrypted(cipher, one, event_id, path))


def _decrypted(cipher: AESGCM, one: Personal, event_id: str, path: str) -> str:
    where = f"{path} of event {event_id} (owner {one.owner})"
    clear = _unframed(cipher, _bytes(one.sealed or "") or b"", _bound(event_id, path), where)
    try:
        return clear.decode()
    except ValueError:
        raise SealBroken(f"{where} is no text: sealed by something else than this") from None


def _unframed(cipher: AESGCM, raw: bytes, bound: bytes, where: str) -> bytes:
    if not raw.startswith(_FRAME):
        raise SealBroken(f"{where} is not sealed in a format that this version knows")
    try:
        return cipher.decrypt(raw[len(_FRAME) : _NONCE_END], raw[_NONCE_END:], bound)
    except (InvalidTag, ValueError):
        raise SealBroken(f"{where} does not open: changed, or sealed for something else") from None


def _bytes(token: str) -> bytes | None:
    """None unless the token is the one spelling of its bytes: base64 leaves bits that could be changed unnoticed."""
    try:
        raw = b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    return raw if urlsafe_b64encode(raw).rstrip(b"=").decode() == token else None


def _bound(event_id: str, path: str) -> bytes:
    return f"{event_id}/{path}".encode()


def _bound_file(subject: str, media_type: str) -> bytes:
    # No event's id is "file", so neither can a file be passed off as a text, nor a text as a file.
    return f"file/{subject}/{media_type}".encode()
