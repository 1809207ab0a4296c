"""An OIDC provider that answers as a test says: how often it is asked, which of its keys and tokens are believed."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

from shared.config import Settings
from shared.web import identity, oidc_keys
from shared.web.identity import Nobody, Remembering, Unauthenticated
from shared.web.issuer import NotLoopback
from shared.web.oidc import LEEWAY, OidcTokens, SignInUnavailable, claim
from shared.web.oidc_keys import ProviderKeys
from shared.web.trusted import open_tokens

ISSUER = "https://sign-in.example/realms/bank"
SETTINGS = Settings(oidc_issuer=ISSUER)
RSA, EC, ED = RSAKey.generate_key(2048), ECKey.generate_key("P-256"), OKPKey.generate_key("Ed25519")


def published(key: Any, key_id: str, **more: str) -> dict[str, Any]:
    return dict(key.as_dict(private=False)) | {"kid": key_id, "use": "sig"} | more


@dataclass
class Provider:
    """Counts what it is asked for, and answers with these keys."""

    keys: list[dict[str, Any]] = field(default_factory=lambda: [published(RSA, "one")])
    discovery: dict[str, Any] = field(default_factory=lambda: {"issuer": ISSUER, "jwks_uri": f"{ISSUER}/certs"})
    status: int = 200
    asked: int = 0
    slowly: float = 0.0

    async def answer(self, request: httpx2.Request) -> httpx2.Response:
        self.asked += request.url.path.endswith("openid-configuration")
        await asyncio.sleep(self.slowly)
        if self.status != 200:
            return httpx2.Response(self.status)
        is_discovery = request.url.path.endswith("openid-configuration")
        return httpx2.Response(200, json=self.discovery if is_discovery else {"keys": self.keys})

    @asynccontextmanager
    async def known(self) -> AsyncIterator[OidcTokens]:
        keys = ProviderKeys(ISSUER, transport=httpx2.MockTransport(self.answer))
        await keys.start()
        try:
            yield OidcTokens(SETTINGS, keys)
        finally:
            await keys.stop()


def token(key: Any = RSA, key_id: str = "one", alg: str = "RS256", **claims: Any) -> str:
    said = {
        "iss": ISSUER, "aud": ["closedloop", "account"], "sub": "li.na", "exp": int(time.time()) + 300,
        "roles": ["agent"], "department": "customer-service",
    } | claims  # fmt: skip
    header = {"alg": alg, "kid": key_id}
    return jwt.encode(header, {k: v for k, v in said.items() if v is not None}, key, algorithms=[alg])


async def test_forged_names_of_keys_do_not_make_us_ask_often() -> None:
    provider = Provider()
    async with provider.known() as tokens:
        assert provider.asked == 1
        for nth in range(100):
            await tokens.ready(token(key_id=f"forged {nth}"))
        assert provider.asked == 1, "asked a moment ago"


async def test_all_who_ask_at_once_wait_for_one_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(oidc_keys, "APART", 0.0)
    provider = Provider(slowly=0.05)
    async with provider.known() as tokens:
        provider.keys.append(published(EC, "two"))
        new = token(EC, "two", "ES256")
        await asyncio.gather(*(tokens.ready(new) for _ in range(100)))
        assert provider.asked == 2
        assert tokens.verify(new).id == "li.na"


@pytest.mark.filterwarnings("ignore::joserfc.errors.SecurityWarning")
async def test_every_kind_of_key_that_signs_is_taken_and_no_other() -> None:
    secret = OctKey.generate_key(256)
    keys = [
        published(RSA, "one", alg="RS256"), published(EC, "ec"), published(ED, "ed"), {"kty": "new", "kid": "x"},
        published(RSA, "for secrets", use="enc"), dict(secret.as_dict(private=True)) | {"kid": "secret"},
        published(RSAKey.generate_key(1024), "small"),
    ]  # fmt: skip
    async with Provider(keys).known() as tokens:
        for good in (token(), token(EC, "ec", "ES256"), token(ED, "ed", "Ed25519")):
            assert tokens.verify(good).roles == {"agent"}
        for bad in (
            token(RSA, "for secrets"), token(secret, "secret", "HS256"), token(alg="PS256"), token(alg="RS384"),
            token(EC, "one", "ES256"), "no token at all", "a.b.c", "",
        ):  # fmt: skip
            with pytest.raises(Unauthenticated):
                tokens.verify(bad)


WRONG: dict[str, dict[str, Any]] = {
    "another issuer": {"iss": "https://elsewhere.example"},
    "no issuer": {"iss": None},
    "another audience": {"aud": "account"},
    "no audience": {"aud": None},
    "no end": {"exp": None},
    "an end that is no time": {"exp": "tomorrow"},
    "not valid yet": {"nbf": int(time.time()) + 3_600},
    "of the future": {"iat": int(time.time()) + 3_600},
    "an ID token of Keycloak": {"typ": "ID"},
    "a refresh token of Keycloak": {"typ": "Refresh"},
    "no department": {"department": None},
    "several departments": {"department": ["one", "two"]},
    "no roles": {"roles": None},
    "roles that are no list": {"roles": {"agent": True}},
    "nobody": {"sub": None},
}


@pytest.mark.parametrize("claims", WRONG.values(), ids=list(WRONG))
async def test_a_token_that_does_not_say_all_of_it_rightly_is_refused(claims: dict[str, Any]) -> None:
    async with Provider().known() as tokens:
        with pytest.raises(Unauthenticated):
            tokens.verify(token(**claims))


async def test_clocks_may_differ_a_little() -> None:
    async with Provider().known() as tokens:
        now = int(time.time())
        assert tokens.verify(token(exp=now - 1, iat=now + LEEWAY - 2)).id == "li.na"
        with pytest.raises(Unauthenticated, match="expired"):
            tokens.verify(token(exp=now - LEEWAY - 1))


async def test_nobody_is_called_as_the_system_is() -> None:
    async with Provider().known() as tokens:
        for name in ("system", "Li Na", "li/na"):
            with pytest.raises(Unauthenticated):
                Remembering(tokens).verify(token(sub=name))


UNFIT: dict[str, dict[str, Any]] = {
    "away": {"status": 503},
    "led elsewhere": {"status": 302},
    "of another issuer": {"discovery": {"issuer": "https://elsewhere.example", "jwks_uri": f"{ISSUER}/certs"}},
    "keys over plain http": {"discovery": {"issuer": ISSUER, "jwks_uri": "http://sign-in.example/certs"}},
    "no keys": {"keys": []},
}


@pytest.mark.parametrize("how", UNFIT.values(), ids=list(UNFIT))
async def test_a_provider_that_is_away_or_unfit_lets_nobody_in_and_ends_nothing(how: dict[str, Any]) -> None:
    async with Provider(**how).known() as tokens:
        assert tokens.trouble
        with pytest.raises(SignInUnavailable) as refused:
            tokens.verify(token())
        assert (refused.value.status, refused.value.code) == (503, "sign_in_unavailable")


async def test_one_that_goes_away_later_is_not_missed_for_a_day(monkeypatch: pytest.MonkeyPatch) -> None:
    provider = Provider()
    async with provider.known() as tokens:
        provider.status = 503
        await tokens._keys.refresh()
        assert tokens._keys.trouble and not tokens.trouble
        assert tokens.verify(token()).id == "li.na"
        monkeypatch.setattr(oidc_keys, "TRUSTED", -1.0)
        assert tokens.trouble
        with pytest.raises(SignInUnavailable):
            tokens.verify(token())


async def test_a_key_that_was_taken_back_ends_what_it_signed(monkeypatch: pytest.MonkeyPatch) -> None:
    provider = Provider()
    async with provider.known() as tokens:
        remembering, old = Remembering(tokens), token()
        assert remembering.verify(old).id == "li.na"
        provider.keys = [published(EC, "two")]
        await tokens._keys.refresh()
        assert remembering.verify(old).id == "li.na", "remembered for some minutes"
        later = time.time() + identity.REMEMBERED + 1
        monkeypatch.setattr("shared.web.identity.time.time", lambda: later)
        with pytest.raises(Unauthenticated):
            remembering.verify(old)


def test_a_claim_is_found_by_its_name_or_its_path() -> None:
    claims = {"https://bank.example/roles": ["a"], "realm_access": {"roles": ["b"]}}
    assert claim(claims, "https://bank.example/roles") == ["a"]
    assert claim(claims, "realm_access.roles") == ["b"]
    for missing in ("realm_access.groups", "roles", "realm_access.roles.first"):
        with pytest.raises(KeyError):
            claim(claims, missing)


async def test_the_built_in_issuer_and_a_provider_are_never_both_believed(tmp_path: Path) -> None:
    elsewhere = Settings(data=tmp_path, host="192.0.2.1")
    with pytest.raises(NotLoopback, match="CLOSEDLOOP_OIDC_ISSUER"):
        async with open_tokens(elsewhere, serves=True):
            pass
    # Port 9 of the loopback: nobody answers there, and the process starts all the same.
    with_provider = elsewhere.model_copy(update={"oidc_issuer": "http://127.0.0.1:9/realms/bank"})
    async with open_tokens(with_provider, serves=True) as (built_in, tokens):
        assert built_in is None and tokens.trouble
    async with open_tokens(elsewhere, serves=False) as (built_in, tokens):
        assert built_in is None and isinstance(tokens, Nobody)
        with pytest.raises(Unauthenticated):
            tokens.verify("whatever it may be, nobody is let in")
    assert not (tmp_path / "issuer.key").exists()
    for wrong in ("http://sign-in.example", "sign-in.example", "https://a:b@sign-in.example", "https://x.example?a=b"):
        with pytest.raises(ValueError, match="CLOSEDLOOP_OIDC_ISSUER must be"):
            ProviderKeys(wrong)
