"""The rarer formats of tokens, and what stands right beside a token."""

from __future__ import annotations

import pytest
from tokens import made

from rb_mcp.redaction import Redactor

FORMATS = [
    ("github-token", "ghs_{d:8}_eyJ{u:40}"),
    ("gitlab-token", "GR1348941{u:20}"),
    *(("gitlab-token", f"gl{kind}-{{u:20}}") for kind in ("rtr", "ptt", "agent", "soat", "ffct", "wt")),
    ("atlassian-token", "ATCTT3{u:80}"),
    ("atlassian-token", "ATSTT3{u:80}"),
    ("trello-token", "ATTA{x:64}"),
    ("circleci-token", "CCIPRJ_{B:22}_{x:40}"),
    *(("buildkite-token", f"bk{kind}_{{B:40}}") for kind in ("ua", "at", "ct")),
    *(("harness-token", f"{kind}at.{{u:22}}.{{x:24}}.{{B:20}}") for kind in "ps"),
    ("sonar-token", "sqp_{x:40}"),
    ("sourcegraph-token", "slk_{x:64}"),
    ("sourcegraph-token", "sgp_{x:16}_{x:40}"),
    ("snyk-token", "snyk_uat.{a:8}.{B:40}.{B:40}"),
    ("postman-key", "PMAT-{U:26}"),
    ("figma-token", "figo_{B:40}"),
    ("linear-key", "lin_oauth_{B:40}"),
    ("asana-token", "1/{d:16}:{x:32}"),
    ("clickup-token", "pk_{d:8}_{U:32}"),
    ("contentful-token", "CFPAT-{u:43}"),
    ("typeform-token", "tfp_{B:44}"),
    ("readme-key", "rdme_{a:70}"),
    ("crates-token", "cio{B:32}"),
    ("nuget-key", "oy2{a:43}"),
    ("clojars-token", "CLOJARS_{a:60}"),
    ("docker-token", "dckr_oat_{u:32}"),
    ("artifactory-key", "AKCp{B:69}"),
    ("artifactory-key", "cmVmdGtu{B:56}"),
    *(("aws-access-key", f"{kind}{{U:16}}") for kind in ("ABIA", "ACCA", "A3TX")),
    *(("aws-session-token", f"{kind}{{b:100}}") for kind in ("IQoJb3JpZ2lu", "FwoGZXIvYXdz", "FQoGZXIvYXdz")),
    ("aws-bedrock-key", "ABSK{b:110}"),
    ("aws-bedrock-key", "bedrock-api-key-{b:110}"),
    ("aws-mws-token", "amzn.mws.{uuid}"),
    ("google-api-key", "AQ.Ab{u:45}"),
    ("google-oauth-token", "1//0{u:60}"),
    ("google-oauth-token", "4/0A{u:60}"),
    ("firebase-key", "AAAA{u:7}:{u:140}"),
    ("azure-storage-key", "{B:76}+ASt{B:6}=="),
    ("azure-storage-key", "{B:76}ACDb{B:6}=="),
    ("azure-key", "{B:52}JQQJ99{B:27}"),
    ("azure-key", "{B:76}AZDO{B:4}"),
    ("digitalocean-token", "dor_v1_{x:64}"),
    ("alibaba-access-key", "LTAI{B:20}"),
    ("tencent-secret-id", "AKID{B:32}"),
    ("yandex-token", "t1.{B:20}.{B:86}"),
    ("yandex-token", "y0_{B:55}"),
    ("yandex-token", "AQVN{B:36}"),
    ("yandex-token", "YC{B:38}"),
    ("scaleway-key", "SCW{U:17}"),
    ("cloudflare-key", "v1.0-{x:24}-{x:146}"),
    *(("cloudflare-key", f"{kind}_{{B:40}}") for kind in ("cfk", "cfut", "cfat")),
    ("cloudflare-tunnel-token", "eyJhIjoi{B:120}"),
    ("heroku-key", "HRKU-{B:60}"),
    ("fly-token", "fo1_{u:43}"),
    ("render-key", "rnd_{B:32}"),
    ("deno-token", "ddp_{B:36}"),
    ("supabase-key", "sb_secret_{u:31}"),
    ("planetscale-token", "pscale_pw_{u:43}"),
    ("neon-key", "napi_{a:64}"),
    ("neon-key", "npg_{B:16}"),
    ("mongodb-secret", "mdb_sa_sk_{u:40}"),
    ("databricks-token", "dose{x:32}"),
    ("confluent-secret", "cflt{b:60}"),
    ("elastic-key", "essu_{B:60}"),
    ("openshift-token", "sha256~{u:43}"),
    ("tailscale-key", "tskey-api-{B:12}-{B:32}"),
    ("ngrok-token", "2{B:26}_{B:21}"),
    ("akamai-token", "akab-{a:16}-{a:16}"),
    ("defined-key", "dnkey-{U:26}-{U:52}"),
    ("doppler-token", "dp.st.prd.{B:40}"),
    ("1password-key", "A3-{U:6}-{U:6}-{U:5}-{U:5}-{U:5}-{U:5}"),
    ("infisical-token", "st.{uuid}.{x:32}.{x:32}"),
    ("prefect-key", "pnu_{B:36}"),
    ("langfuse-key", "sk-lf-{uuid}"),
    ("openai-key", "sk-{B:20}T3BlbkFJ{B:20}"),
    ("openai-key", "sess-{B:40}"),
    ("huggingface-token", "api_org_{B:34}"),
    ("perplexity-key", "pplx-{B:48}"),
    ("fireworks-key", "fw_{B:24}"),
    ("together-key", "tgp_v1_{u:43}"),
    ("nvidia-key", "nvapi-{u:64}"),
    ("cerebras-key", "csk-{a:48}"),
    ("pinecone-key", "pcsk_{B:6}_{B:60}"),
    ("jina-key", "jina_{B:60}"),
    ("voyage-key", "pa-{u:43}"),
    ("langsmith-key", "ls__{x:32}"),
    ("tavily-key", "tvly-dev-{B:32}"),
    ("firecrawl-key", "fc-{x:32}"),
    ("e2b-key", "e2b_{x:40}"),
    ("apify-token", "apify_api_{B:36}"),
    ("elevenlabs-key", "sk_{x:48}"),
    ("runpod-key", "rpa_{U:40}"),
    ("wandb-key", "wandb_v1_{B:70}"),
    ("kaggle-token", "KGAT_{x:32}"),
    ("logfire-token", "pylf_v1_us_{B:44}"),
    ("square-token", "EAAA{u:60}"),
    ("braintree-token", "access_token$sandbox${a:16}${x:32}"),
    ("plaid-token", "access-sandbox-{uuid}"),
    ("flutterwave-key", "FLWSECK_TEST-{a:32}-X"),
    ("easypost-key", "EZAK{B:54}"),
    ("shippo-token", "shippo_live_{x:40}"),
    ("duffel-token", "duffel_test_{u:43}"),
    ("lob-key", "live_{x:35}"),
    ("wallet-key", "xprv{d:107}"),
    ("wallet-key", "nsec1{n:58}"),
    ("slack-token", "xwfp-{B:40}"),
    ("discord-token", "mfa.{u:84}"),
    ("mailgun-key", "{x:32}-{x:8}-{x:8}"),
    ("mandrill-key", "md-{u:22}"),
    ("brevo-key", "xkeysib-{x:64}-{B:16}"),
    ("resend-key", "re_{B:8}_{B:24}"),
    ("hubspot-token", "pat-na1-{uuid}"),
    ("intercom-token", "dG9rO{B:55}"),
    ("facebook-token", "EAA{B:120}"),
    ("facebook-token", "IGQ{B:120}"),
    ("twitter-token", "A" * 20 + "{B:12}%2{B:40}"),
    ("dropbox-token", "sl.u.{u:130}"),
    ("mapbox-token", "sk.eyJ{B:40}.{B:22}"),
    ("new-relic-key", "NRII-{B:32}"),
    ("new-relic-key", "NRJS-{x:19}"),
    ("new-relic-key", "{x:36}NRAL"),
    ("sentry-token", "sntrys_{B:80}"),
    ("grafana-token", "glc_{B:60}"),
    ("grafana-token", "eyJrIjoi{B:80}"),
    ("honeycomb-key", "hcaik_{a:58}"),
    ("launchdarkly-key", "sdk-{uuid}"),
    ("posthog-key", "phx_{B:43}"),
    ("frameio-token", "fio-u-{u:64}"),
    ("maxmind-key", "{B:6}_{B:29}_mmk"),
    ("jwt", "eyJ{B:30}.{B:40}.{B:16}.{B:60}.{B:22}"),
    ("private-key", "LS0tLS1CRUdJTiBSU0EgUFJJ{B:80}"),
    ("django-secret", "django-insecure-{B:50}"),
    ("password-hash", "$2b$12${B:53}"),
    ("password-hash", "$6$rounds=5000${B:16}${B:86}"),
    ("password-hash", "$y$j9T${B:22}${B:43}"),
    ("password-hash", "$argon2id$v=19$m=65536,t=3,p=4${B:22}${B:43}"),
]


@pytest.fixture(scope="module")
def redact() -> Redactor:
    return Redactor()


@pytest.mark.parametrize(("kind", "template"), FORMATS)
def test_a_token_in_one_of_the_rarer_formats_is_cut_out_under_its_kind(
    redact: Redactor, kind: str, template: str
) -> None:
    token = made(template)
    assert redact(f"it printed {token} and stopped") == f"it printed «secret:{kind}» and stopped"


@pytest.mark.parametrize("edge", ["\\n", "\\t", "\\u0041", "%20", "\x1b[31m", "/", "(", "\n", ""])
def test_a_token_is_found_after_what_may_stand_before_it(redact: Redactor, edge: str) -> None:
    assert redact(f"a b {edge}{made('gsk_{B:48}')}") == f"a b {edge}«secret:groq-key»"


def test_a_token_amid_other_letters_is_part_of_a_word(redact: Redactor) -> None:
    token = made("fc-{x:32}")
    for text in (f"a{token}", f"{token}a", f"the hash{token} is"):
        assert redact(text) == text


def test_a_token_of_one_letter_or_for_the_reader_to_fill_in_stays(redact: Redactor) -> None:
    for text in ("gsk_" + "a" * 48, "gsk_" + "ab" * 24, "gsk_your" + "key1" * 11, "gsk_xxxx" + "1234" * 11):
        assert redact(text) == text


def test_of_a_telegram_address_only_the_token_goes_and_an_ordinary_word_with_dots_stays(redact: Redactor) -> None:
    token = made("{d:10}:AA{B:33}")
    assert redact(f"https://t.org/bot{token}/get") == "https://t.org/bot«secret:telegram-token»/get"
    assert redact("call s.connectionsthatareopenednow then") == "call s.connectionsthatareopenednow then"


def test_the_secret_half_of_an_aws_key_is_found_near_its_id_and_not_far_from_it(redact: Redactor) -> None:
    key, secret = made("AKIA{U:16}"), made("{B:40}")
    assert redact(f"{key}\n{secret}\n") == "«secret:aws-access-key»\n«secret:aws-secret-key»\n"
    far = " ".join(["word"] * 60)
    assert redact(f"{key} {far}\n{secret}\n") == f"«secret:aws-access-key» {far}\n{secret}\n"
    commit = made("{x:40}")
    assert redact(f"{key}\n{commit}\n") == f"«secret:aws-access-key»\n{commit}\n"
