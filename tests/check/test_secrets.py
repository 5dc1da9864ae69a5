"""Secrets are found, never repeated, and not seen where there are none.

Secrets are put together here, so that nothing takes this file for a leak.
"""

import random
import string

import pytest

from prmbuild.check.secrets import secrets_in

RANDOM = "q9Lr4Tz7Wc2Vb8Nm3Kx6Hj1Gf5Ds0PaYuIo2ReXw8Zt4Bn6Mq1Cv3"


def joined(*parts: str) -> str:
    return "".join(parts)


SECRETS = {
    "a private key": joined("-----BEGIN ", "OPENSSH PRIVATE KEY-----"),
    "an AWS access key": joined("AK", "IAR7QX3M5TZ2WV6KLP"),
    "an AWS secret key": joined("AWS_SECRET_ACCESS_KEY=", RANDOM[:38], "/+"),
    "a GitHub token": joined("gh", "p_", RANDOM[:36]),
    "a GitLab token": joined("gl", "pat-", RANDOM[:20]),
    "a Slack token": joined("xo", "xb-123456789012-", RANDOM[:24]),
    "a Slack webhook": joined("https://hooks.sl", "ack.com/services/T0A1B2C3D/B0A1B2C3D/", RANDOM[:24]),
    "a Google API key": joined("AI", "za", RANDOM[:35]),
    "a Google OAuth secret": joined("GOC", "SPX-", RANDOM[:28]),
    "a Stripe key": joined("sk_", "live_", RANDOM[:24]),
    "an API key": joined("s", "k-proj-", RANDOM[:40]),
    "an npm token": joined("np", "m_", RANDOM[:36]),
    "a PyPI token": joined("py", "pi-AgEIcHlwaS5vcmc", RANDOM, RANDOM),
    "a SendGrid key": joined("S", "G.", RANDOM[:22], ".", (RANDOM * 2)[:43]),
    "a Telegram bot token": joined("1234567890", ":AA", RANDOM[:33]),
    "an Azure storage key": joined("Account", "Key=", (RANDOM * 2)[:86], "=="),
    "a signed token (JWT)": joined("ey", "J", RANDOM[:20], ".ey", "J", RANDOM[:20], ".", RANDOM[:30]),
    "a password in an address": joined("postgres://ana:", RANDOM[:12], "@db.vendor.example/x"),
    "a password": joined("db_password", ": '", RANDOM[:16], "'"),
}


@pytest.mark.parametrize("kind", SECRETS)
def test_found_at_its_place_and_not_repeated(kind: str) -> None:
    text = f"First line.\n\nUse {SECRETS[kind]} for it.\n"
    (found,) = secrets_in("content/a.md", text)
    assert found.message.startswith(f"this looks like {kind}: ")
    assert found.line == 3
    start = found.column - 1
    assert text.split("\n")[2][start : start + 4] in SECRETS[kind]
    for length in range(6, 12):
        for offset in range(len(RANDOM) - length):
            assert RANDOM[offset : offset + length] not in str(found)


@pytest.mark.parametrize(
    "text",
    [
        "The password must have 12 characters.",
        "password: see the vault",
        "password: ********",
        "password: your-password-1",
        "api_key = ${API_KEY_2}",
        "token: {{ secrets.TOKEN_1 }}",
        "AKIAIOSFODNN7EXAMPLE",
        "https://user:password@host.example/",
        "https://vendor.example:8443/a@b",
        "secret: /run/secrets/db-1",
        "sk-learn and sk_live_ are words",
        "The commit 74d7ed0c9d2ae6b1f2b6c4d8e5a1f3c7b9d0e2a4 is old.",
        "-----BEGIN PUBLIC KEY-----",
        "Passwort: siehe Seite 12",
        "integrity=sha384-oqVuAfXRKap7fdgcCY5uykM6+R9GqQ8K/uxy9rx7HNQlGYl1kPzQho1wx4JwY8wC",
    ],
)
def test_harmless(text: str) -> None:
    assert list(secrets_in("content/a.md", text)) == []


def test_ordinary_words_are_no_secrets() -> None:
    words = random.Random(7)
    for _ in range(200):
        text = " ".join("".join(words.choices(string.ascii_lowercase, k=words.randint(2, 12))) for _ in range(80))
        assert list(secrets_in("content/a.md", text)) == []
