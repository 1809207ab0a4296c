"""The HTTP provider never takes silence, or an odd answer, for a yes or a no; and tells nobody its token."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from gzip import compress
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from shared.config import Settings
from shared.decide.due import NotTaken, OutcomeUnknown, Provider, Sent
from shared.providers.chosen import open_providers
from shared.providers.file import FileProvider
from shared.providers.http import MAX_ANSWER, HttpProvider
from shared.secrets import SecretRefused
from tests.fixtures.payment_service import TOKEN, Behaviour, Exchange, PaymentService, payment_service
from tests.unit.test_providers import KEY, REQUEST, token_file

PAID = [(KEY, REQUEST)]
Opened = Callable[[PaymentService], HttpProvider]


@pytest.fixture
async def service() -> AsyncIterator[PaymentService]:
    async with payment_service() as service:
        yield service


@pytest.fixture
async def opened(tmp_path: Path) -> AsyncIterator[Opened]:
    token = token_file(tmp_path)
    async with AsyncExitStack() as stack:

        def provider(service: PaymentService) -> HttpProvider:
            made = HttpProvider(service.url, token, connect=2.0, read=0.3)
            stack.push_async_callback(made.close)
            return made

        yield provider


@pytest.fixture
def provider(service: PaymentService, opened: Opened) -> HttpProvider:
    return opened(service)


def answers(status: int, body: bytes = b"", **headers: str) -> Behaviour:
    """Only that, whatever was asked."""

    async def behaviour(exchange: Exchange) -> None:
        exchange.answer(status, body, **headers)

    return behaviour


def pays_and(then: Behaviour) -> Behaviour:
    async def behaviour(exchange: Exchange) -> None:
        exchange.keep()
        await then(exchange)

    return behaviour


async def stalls(exchange: Exchange) -> None:
    await exchange.stall()


async def dies(exchange: Exchange) -> None:
    exchange.die()


async def dies_in_the_middle_of_its_answer(exchange: Exchange) -> None:
    exchange.writer.write(b'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"receipt": "r')
    await exchange.writer.drain()
    exchange.writer.close()


async def never_ends(exchange: Exchange) -> None:
    exchange.writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
    for _ in range(MAX_ANSWER // 1024 + 100):
        exchange.writer.write(b" " * 1024)
        await exchange.writer.drain()
    await exchange.stall()


async def drips(exchange: Exchange) -> None:
    """One byte now and then: no piece comes late, and the answer never comes."""

    exchange.writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        exchange.writer.write(b" ")
        await exchange.writer.drain()
        await asyncio.sleep(0.1)


SILENCE = {
    "it stalls": stalls,
    "it dies": dies,
    "it dies in the middle of its answer": dies_in_the_middle_of_its_answer,
    "its answer is no JSON": answers(200, b"OK"),
    "its answer is empty": answers(204),
    "it has accepted, not paid": answers(202, b"{}"),
    "its answer is a list": answers(200, b'["r-1"]'),
    "its receipt is a number": answers(200, b'{"receipt": 7}'),
    "its receipt is empty": answers(200, b'{"receipt": ""}'),
    "it says both yes and no": answers(200, b'{"receipt": "r-1", "reason": "closed"}'),
    "it says no with a yes": answers(422, b'{"receipt": "r-1"}'),
    "it says no as if it were yes": answers(200, b'{"reason": "closed"}'),
    "it says no without a reason": answers(422, b"{}"),
    "it never heard of the address": answers(404, b'{"reason": "no such page"}'),
    "the key is in use": answers(409, b'{"reason": "in progress"}'),
    "it gives up": answers(408, b'{"reason": "timeout"}'),
    "it broke": answers(500, b'{"reason": "closed"}'),
    "a gateway answers for it": answers(502, b"<html>"),
    "its answer is packed": answers(200, compress(b'{"receipt": "r-1"}'), Content_Encoding="gzip"),
    "it sends us elsewhere": answers(307, b"", Location="http://127.0.0.1:1/payments"),
}
"""What a sending may meet with, and what leaves unknown whether it was paid."""
ANSWERS_A_LOOK_UP = {"it says no as if it were yes", "it never heard of the address"}


@pytest.mark.parametrize("met", SILENCE.values(), ids=SILENCE)
@pytest.mark.parametrize("paid", [True, False], ids=["though it paid", "and it did not pay"])
async def test_what_is_not_plainly_an_answer_leaves_the_outcome_unknown_until_it_is_looked_up(
    service: PaymentService, provider: HttpProvider, met: Behaviour, paid: bool
) -> None:
    service.then.append(pays_and(met) if paid else met)
    with pytest.raises(OutcomeUnknown) as unknown:
        await provider.send(KEY, REQUEST)
    assert unknown.type is OutcomeUnknown, "nobody may send it again without asking"
    assert len(service.asked) == 1
    assert await provider.look_up(KEY) == (Sent(receipt=f"r-{KEY}") if paid else None)
    assert await provider.send(KEY, REQUEST) == Sent(receipt=f"r-{KEY}")
    assert service.paid == PAID


@pytest.mark.parametrize("met", sorted(SILENCE.keys() - ANSWERS_A_LOOK_UP))
async def test_a_look_up_that_is_not_plainly_answered_says_nothing(
    service: PaymentService, provider: HttpProvider, met: str
) -> None:
    await provider.send(KEY, REQUEST)
    service.then.append(SILENCE[met])
    with pytest.raises(OutcomeUnknown):
        await provider.look_up(KEY)
    assert await provider.look_up(KEY) == Sent(receipt=f"r-{KEY}")


async def test_no_more_of_an_answer_is_read_than_a_receipt_can_be_long(
    service: PaymentService, provider: HttpProvider
) -> None:
    service.then.append(pays_and(never_ends))
    with pytest.raises(OutcomeUnknown, match="too long"):
        await provider.send(KEY, REQUEST)
    assert await provider.look_up(KEY) == Sent(receipt=f"r-{KEY}")


async def test_an_answer_that_drips_is_not_waited_for_for_ever(service: PaymentService, opened: Opened) -> None:
    service.then.append(pays_and(drips))
    with pytest.raises(OutcomeUnknown) as unknown:
        await opened(service).send(KEY, REQUEST)
    assert unknown.type is OutcomeUnknown
    assert service.paid == PAID


@pytest.mark.parametrize("status", [400, 402, 422])
async def test_a_refusal_with_its_reason_is_a_plain_no(
    service: PaymentService, provider: HttpProvider, status: int
) -> None:
    service.then.append(answers(status, b'{"reason": "account-closed"}'))
    assert await provider.send(KEY, REQUEST) == Sent(refused="account-closed")


async def test_a_refusal_stays_one_and_is_known(service: PaymentService, provider: HttpProvider) -> None:
    service.refuses = "account-closed"
    assert await provider.send(KEY, REQUEST) == Sent(refused="account-closed")
    service.refuses = None
    assert await provider.look_up(KEY) == Sent(refused="account-closed")
    assert await provider.send(KEY, REQUEST) == Sent(refused="account-closed")
    assert service.paid == []


@pytest.mark.parametrize("status", [201, 200])
async def test_any_success_with_a_receipt_is_a_yes(
    service: PaymentService, provider: HttpProvider, status: int
) -> None:
    service.then.append(answers(status, '{"receipt": "收据-1"}'.encode()))
    assert await provider.send(KEY, REQUEST) == Sent(receipt="收据-1")


@pytest.mark.parametrize("status", [401, 403, 429])
async def test_what_was_turned_away_unread_certainly_did_nothing(
    service: PaymentService, provider: HttpProvider, status: int
) -> None:
    service.then.append(answers(status, b'{"reason": "Forbidden"}'))
    with pytest.raises(NotTaken):
        await provider.send(KEY, REQUEST)
    assert service.paid == []


async def test_what_could_not_be_connected_certainly_did_nothing(
    service: PaymentService, provider: HttpProvider
) -> None:
    await service.stop()
    with pytest.raises(NotTaken):
        await provider.send(KEY, REQUEST)
    assert service.asked == []


async def test_the_request_bears_key_token_and_json(service: PaymentService, provider: HttpProvider) -> None:
    await provider.send(KEY, REQUEST)
    await provider.look_up("a/../b")
    sent, looked = service.asked
    assert (sent.method, sent.path, sent.headers["idempotency-key"]) == ("POST", "/payments", KEY)
    assert sent.headers["content-type"] == "application/json"
    assert (looked.method, looked.path) == ("GET", "/payments/a%2F..%2Fb")
    assert [each.headers["authorization"] for each in service.asked] == [f"Bearer {TOKEN}"] * 2


async def test_a_token_that_was_replaced_is_taken_without_a_restart(
    service: PaymentService, provider: HttpProvider, tmp_path: Path
) -> None:
    service.token = "the-next"
    with pytest.raises(NotTaken):
        await provider.send(KEY, REQUEST)
    token_file(tmp_path, "the-next")
    assert (await provider.send(KEY, REQUEST)).receipt


async def test_without_its_token_nothing_leaves(
    service: PaymentService, provider: HttpProvider, tmp_path: Path
) -> None:
    token_file(tmp_path).unlink()
    with pytest.raises(NotTaken):
        await provider.send(KEY, REQUEST)
    with pytest.raises(OutcomeUnknown):
        await provider.look_up(KEY)
    assert service.asked == []


async def test_no_proxy_of_the_environment_stands_between(
    service: PaymentService, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert (await opened(service).send(KEY, REQUEST)).receipt


def certified(folder: Path, name: x509.GeneralName) -> tuple[ssl.SSLContext, Path]:
    """A server's side of TLS under a new certificate of its own, and the file of that certificate."""
    key, subject = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "pay")])
    certificate = (
        x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(datetime.now(UTC) - timedelta(days=1))
        .not_valid_after(datetime.now(UTC) + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([name]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    public, private = folder / "certificate.pem", folder / "certificate.key"
    public.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(public, private)
    return context, public


HERE = x509.IPAddress(ip_address("127.0.0.1"))
ELSEWHERE = x509.DNSName("pay.example")


@pytest.mark.parametrize(
    ("name", "trusted", "passes"), [(HERE, True, True), (HERE, False, False), (ELSEWHERE, True, False)]
)
async def test_only_a_service_that_proves_its_name_to_us_is_told_anything(
    name: x509.GeneralName, trusted: bool, passes: bool, opened: Opened, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    tls, certificate = certified(tmp_path, name)
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    async with payment_service(tls) as service:
        provider = opened(service)
        if passes:
            assert (await provider.send(KEY, REQUEST)).receipt
            return
        with pytest.raises(NotTaken):
            await provider.send(KEY, REQUEST)
        assert service.asked == []


@pytest.mark.parametrize(
    "url",
    [
        "http://pay.example", "http://10.0.0.1", "ftp://pay.example", "pay.example", "", "https://", "https://pay:x",
        "https://me:secret@pay.example", "https://pay.example?secret=1", "https://pay.example#secret",
        "http://127.0.0.1.secret.example",
    ],
)  # fmt: skip
def test_an_address_where_others_could_listen_is_refused_and_never_quoted(url: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="CLOSEDLOOP_PAYMENTS_URL must be an https address") as refused:
        HttpProvider(url, token_file(tmp_path))
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("url", ["https://pay.example/v1/", "http://localhost:1", "http://[::1]:1", "http://127.9.9.9"])
async def test_https_and_the_loopback_interface_are_fit(url: str, tmp_path: Path) -> None:
    await HttpProvider(url, token_file(tmp_path)).close()


@pytest.mark.parametrize("token", ["", "two words", "秘密", "line\nline"])
def test_a_file_without_a_token_is_refused_and_never_quoted(token: str, tmp_path: Path) -> None:
    with pytest.raises(SecretRefused) as refused:
        HttpProvider("https://pay.example", token_file(tmp_path, token))
    assert not token or token not in str(refused.value)


def test_a_token_that_others_can_read_is_refused(tmp_path: Path) -> None:
    path = token_file(tmp_path)
    path.chmod(0o644)
    with pytest.raises(SecretRefused, match="chmod 600"):
        HttpProvider("https://pay.example", path)


async def opens(settings: Settings) -> type[Provider]:
    async with open_providers(settings) as providers:
        return type(providers["payments"])


def over_http(data: Path, url: str = "https://pay.example") -> Settings:
    data.mkdir(exist_ok=True)
    return Settings(data=data, payments_url=url, payments_token=token_file(data))


async def test_settings_choose_the_provider(tmp_path: Path) -> None:
    assert await opens(Settings(data=tmp_path / "first")) is FileProvider
    assert await opens(over_http(tmp_path / "second")) is HttpProvider


async def test_an_installation_keeps_to_where_its_payments_go(tmp_path: Path) -> None:
    """Else a command that is typed without the settings would pay once more, into a file."""
    for _ in range(2):
        assert await opens(over_http(tmp_path, "https://pay.example/")) is HttpProvider
    for other in (Settings(data=tmp_path), over_http(tmp_path, "https://pay2.example")):
        with pytest.raises(ValueError, match=r"go to https://pay.example, not to .* docs/payments.md"):
            await opens(other)
    (tmp_path / "payments-go-to").unlink()
    assert await opens(Settings(data=tmp_path)) is FileProvider
    with pytest.raises(ValueError, match="go to a file, not to the file"):
        await opens(Settings(data=tmp_path, providers=tmp_path / "elsewhere"))


@pytest.mark.parametrize("missing", ["payments_url", "payments_token"])
async def test_half_a_setting_does_not_turn_payments_into_lines_of_a_file(missing: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="together, or neither"):
        await opens(over_http(tmp_path).model_copy(update={missing: None}))


def test_an_empty_variable_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CLOSEDLOOP_PAYMENTS_URL", "CLOSEDLOOP_PAYMENTS_TOKEN"):
        monkeypatch.setenv(name, "")
    assert (Settings().payments_url, Settings().payments_token) == (None, None)
