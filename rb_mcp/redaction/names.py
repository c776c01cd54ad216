"""Is an identifier the name of a secret? `DB_PASSWORD` is, `password_field`, `max_tokens` and `secretName` are not.

A name is cut into words however it is written (snake, camel, kebab, dotted, shouting), and its last word decides:
`token_type` is a type, `access_token` a token. Words that only tell secrets apart (`prod`, `old`, `2`) are passed
over. Tokens that page through results, guard a form or build a parser's tree open nothing and are left alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

TRIGGERS = (
    r"pass|pwd|p/?w\b|passw(?:or)?d|passwort|kennwort|contrase\x{00f1}a|contrasena|senha"
    r"|mot[_ -]?de[_ -]?passe|secret|token|cred|auth|key"
    r"|jsessionid|phpsessid|connect\.sid|connection[_-]?string|bearer|jwt|\bpin\b|\botp\b|webhook"
)
"""What must occur in a name for it to be looked at, as a pattern that minds no case."""


@dataclass(frozen=True, slots=True)
class SecretName:
    """What a name promises: the kind, and whether any literal is a secret there (`certain`) or only a random one."""

    kind: str
    certain: bool
    compound: bool = False


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_CUT = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z\u00f1]+|[A-Z]+|[0-9]+")
_PASSED_OVER = _words(
    "prod production dev devel development stage staging test testing live local old new current primary secondary"
    " base value val default plain plaintext cleartext clear raw string str text b64 base64 encoded env encrypted main"
    " backup master root prd stg qa uat data"
)
_PASSWORD = _words(
    "password passwd passwort kennwort pwd passphrase passcode passwrd contraseña contrasena senha passw psw pswd passe"
    " motdepasse requirepass storepass keypass masterauth sshpass dbpass userpass"
)
_KEYS = _words(
    "api access secret private auth authentication authorization encryption encrypt decryption signing sign signature"
    " master account service app application consumer webhook deploy storage shared session sas write admin hmac jwt"
    " cipher rest integration ingest ingestion license licence functions function subscription security crypto aes"
    " cookie fernet vault client server bot management customer signer preshared psk wg wireguard rsa ec host"
    " openai anthropic stripe datadog dd sendgrid twilio mailgun algolia tavily serper groq mistral gemini cohere"
    " deepseek openrouter replicate pinecone wandb langsmith aws azure gcp google github gitlab heroku cloudflare"
    " honeycomb newrelic relic sentry posthog segment amplitude mixpanel maps weather supabase firebase sk"
    " base connection instrumentation"
)
_NEUTRAL = _words(
    "next page continuation pagination csrf xsrf csrfmiddleware sync resume cancellation cancel pad eos bos unk sep cls"
    " mask special idempotency start end previous prev first last lookahead stop antiforgery authenticity verification"
    " request cursor input output num total max min prompt completion per public publishable pub anon cached"
    " device push design css syntax lexer"
)
_PASS_OWNERS = _words(
    "db database user smtp mail email ftp sftp ssh admin mysql pg postgres pgsql redis mongo mongodb rabbitmq amqp ldap"
    " proxy http basic imap pop login my account sudo su wifi vpn root mqtt sql server api app auth default keystore"
    " truststore key store git registry docker nexus jenkins"
)
_EXACT = {
    "authorization": "authorization",
    "jsessionid": "session",
    "phpsessid": "session",
    "bearer": "token",
    "jwt": "token",
    "jwts": "token",
    "credential": "credential",
    "credentials": "credential",
    "creds": "credential",
    "cred": "credential",
    "auth": "auth",
}


@lru_cache(maxsize=4096)
def secret_name(identifier: str) -> SecretName | None:
    """Return what an identifier promises, or nothing when it names no secret."""
    words = [word.lower() for word in _CUT.findall(identifier)]
    while len(words) > 1 and (words[-1] in _PASSED_OVER or words[-1].isdigit()):
        words.pop()
    if not words:
        return None
    last, before = words[-1], words[-2] if len(words) > 1 else ""
    if last in _EXACT:
        return SecretName(_EXACT[last], certain=last in {"jsessionid", "phpsessid"}, compound=bool(before))
    if any(last.endswith(term) for term in _PASSWORD) or (before == "pass" and last in {"word", "phrase", "code"}):
        return SecretName("password", certain=True)
    if last in {"pass", "pw"}:
        return SecretName("password", certain=before in _PASS_OWNERS, compound=bool(before))
    if last.endswith("secret"):
        kind = "aws-secret-key" if "aws" in words else "secret"
        return SecretName(kind, certain=False, compound=bool(before) or last != "secret")
    if last.endswith("token"):
        if any(word in _NEUTRAL for word in words[:-1]) or last in {"csrftoken", "xsrftoken", "csrfmiddlewaretoken"}:
            return None
        return SecretName("token", certain=False, compound=bool(before) or last != "token")
    return _key(words, last, before)


def _key(words: list[str], last: str, before: str) -> SecretName | None:
    joined = last.removesuffix("key") if last != "key" else before
    if not last.endswith("key") or joined not in _KEYS or "public" in words or "publishable" in words:
        return None
    if ("aws" in words and "secret" in words) or words[-3:] == ["secret", "access", "key"]:
        return SecretName("aws-secret-key", certain=False, compound=True)
    kind = {"private": "private-key", "api": "api-key"}.get(joined, "key")
    return SecretName(kind, certain=False, compound=True)
