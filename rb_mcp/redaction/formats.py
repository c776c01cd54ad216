"""Tokens that can be told by their looks: a documented prefix, alphabet and length.

Each row is a kind and a pattern; several formats of one issuer share a kind where a reader gains nothing from the
difference. Identifiers that their issuers call public (publishable keys, account ids) are left out on purpose.
Private-key blocks are not here (`keyblocks`), nor secrets known only by what stands beside them (`places`,
`assignments`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rb_mcp.redaction.patterns import Pattern, Patterns
from rb_mcp.redaction.values import is_filler, is_mixed

if TYPE_CHECKING:
    from rb_mcp.redaction.patterns import Edit

_UUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"

_FORMATS: tuple[tuple[str, str], ...] = (
    # Code hosting and continuous integration
    ("github-token", r"gh[pousr]_[A-Za-z0-9]{36,255}"),
    ("github-token", r"github_pat_[A-Za-z0-9_]{22,255}"),
    ("github-token", r"ghs_[0-9]+_eyJ[A-Za-z0-9_.-]{20,}"),
    ("gitlab-token", (r"gl(?:pat|dt|rt|rtr|cbt|ptt|ft|imt|agent|oas|soat|ffct|wt)-[A-Za-z0-9_=-]{20,300}"
                     r"(?:\.[0-9a-z]{2,}\.[0-9a-z]{7,})?")),
    ("gitlab-token", r"GR1348941[A-Za-z0-9_-]{20}"),
    ("bitbucket-token", r"ATBB[A-Za-z0-9]{32}"),
    ("atlassian-token", r"AT(?:ATT|CTT|STT)3[A-Za-z0-9_=-]{60,}"),
    ("trello-token", r"ATTA[0-9a-f]{60,72}"),
    ("circleci-token", r"CCI(?:PAT|PRJ)_[A-Za-z0-9]{22}_[0-9a-f]{40}"),
    ("buildkite-token", r"bk(?:ua|at|ct)_[0-9a-zA-Z_.-]{40,}"),
    ("harness-token", r"[ps]at\.[A-Za-z0-9_-]{22}\.[0-9a-f]{24}\.[A-Za-z0-9]{20}"),
    ("sonar-token", r"sq[pau]_[0-9a-f]{40}"),
    ("sourcegraph-token", r"sgp_(?:(?:[0-9a-f]{16}|local)_)?[0-9a-f]{40}"),
    ("sourcegraph-token", r"slk_[0-9a-f]{64}"),
    ("snyk-token", r"snyk_[us]at\.[0-9a-z]{8}\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+"),
    ("postman-key", r"PMA[KT]-[0-9a-zA-Z]{24}-[0-9a-zA-Z]{34}"),
    ("postman-key", r"PMAT-[0-9A-Z]{26}"),
    ("figma-token", r"fig[dou][rh]?_[A-Za-z0-9_-]{36,}"),
    ("linear-key", r"lin_(?:api|oauth|wh)_[A-Za-z0-9]{32,64}"),
    ("notion-token", r"ntn_[A-Za-z0-9]{40,50}"),
    ("notion-token", r"secret_[A-Za-z0-9]{43}"),
    ("airtable-token", r"pat[A-Za-z0-9]{14}\.[0-9a-f]{64}"),
    ("asana-token", r"[12]/[0-9]{10,20}(?:/[0-9]{10,20})?:[0-9a-f]{32}"),
    ("clickup-token", r"pk_[0-9]{5,10}_[A-Z0-9]{32}"),
    ("contentful-token", r"CFPAT-[A-Za-z0-9_-]{43}"),
    ("typeform-token", r"tfp_[A-Za-z0-9_.=-]{40,70}"),
    ("readme-key", r"rdme_[a-z0-9]{70}"),
    # Package registries
    ("npm-token", r"npm_[A-Za-z0-9]{36}"),
    ("pypi-token", r"pypi-[A-Za-z0-9_-]{50,}"),
    ("rubygems-key", r"rubygems_[0-9a-f]{48}"),
    ("crates-token", r"cio[A-Za-z0-9]{32}"),
    ("nuget-key", r"oy2[a-z0-9]{43}"),
    ("clojars-token", r"CLOJARS_[a-z0-9]{60}"),
    ("docker-token", r"dckr_[po]at_[A-Za-z0-9_-]{27,40}"),
    ("artifactory-key", r"AKCp[0-9A-Za-z]{60,75}|cmVmdGtu[A-Za-z0-9]{56}"),
    # Clouds and hosting
    ("aws-access-key", r"(?:AKIA|ASIA|ABIA|ACCA|A3T[A-Z0-9])[A-Z0-9]{16}"),
    ("aws-session-token", r"(?:IQoJb3JpZ2lu|FwoGZXIvYXdz|FQoGZXIvYXdz)[A-Za-z0-9+/=]{50,}"),
    ("aws-bedrock-key", r"ABSK[A-Za-z0-9+/]{100,}={0,2}|bedrock-api-key-[A-Za-z0-9+/=]{100,}"),
    ("aws-mws-token", rf"amzn\.mws\.{_UUID}"),
    ("google-api-key", r"AIza[A-Za-z0-9_-]{35}|AQ\.Ab[A-Za-z0-9_-]{40,}"),
    ("google-oauth-token", r"ya29\.[A-Za-z0-9_.-]{20,}|1//0[A-Za-z0-9_-]{40,}|4/0A[A-Za-z0-9_-]{40,}"),
    ("google-client-secret", r"GOCSPX-[A-Za-z0-9_-]{28}"),
    ("firebase-key", r"AAAA[A-Za-z0-9_-]{7}:[A-Za-z0-9_-]{140}"),
    ("azure-client-secret", r"[A-Za-z0-9_~.-]{3}[0-9]Q~[A-Za-z0-9_~.-]{31,34}"),
    ("azure-storage-key", r"[A-Za-z0-9+/]{76}(?:\+ASt[A-Za-z0-9+/]{6}|ACDb[A-Za-z0-9+/]{6})=="),
    ("azure-key", r"[A-Za-z0-9]{52}JQQJ9[9D][A-Za-z0-9]{27}|[A-Za-z0-9]{76}AZDO[A-Za-z0-9]{4}"),
    ("digitalocean-token", r"do[opr]_v1_[0-9a-f]{64}"),
    ("alibaba-access-key", r"LTAI[A-Za-z0-9]{12,24}"),
    ("tencent-secret-id", r"AKID[A-Za-z0-9]{32}"),
    ("yandex-token", r"t1\.[A-Za-z0-9_-]{10,}={0,2}\.[A-Za-z0-9_-]{86}={0,2}|y0_[A-Za-z0-9_-]{50,}"),
    ("yandex-token", r"AQVN[A-Za-z0-9_-]{35,38}|YC[A-Za-z0-9_-]{38}"),
    ("scaleway-key", r"SCW[A-Z0-9]{17}"),
    ("cloudflare-key", r"v1\.0-[0-9a-f]{24}-[0-9a-f]{146}|cf(?:k|ut|at)_[A-Za-z0-9]{40,}"),
    ("cloudflare-tunnel-token", r"eyJhIjoi[A-Za-z0-9+/_-]{100,}={0,2}"),
    ("heroku-key", rf"HRKU-(?:{_UUID}|[A-Za-z0-9_-]{{58,64}})"),
    ("fly-token", r"fm[12][ar]?_[A-Za-z0-9+/=_,-]{50,}|fo1_[A-Za-z0-9_-]{43}"),
    ("vercel-token", r"vc[pirak]_[A-Za-z0-9]{24,64}"),
    ("netlify-token", r"nf[pcobu]_[A-Za-z0-9]{36,40}"),
    ("render-key", r"rnd_[A-Za-z0-9]{28,32}"),
    ("deno-token", r"dd[pwo]_[A-Za-z0-9]{36}"),
    ("supabase-key", r"sbp_(?:v0_|oauth_)?[0-9a-f]{40}|sb_secret_[A-Za-z0-9_-]{20,}"),
    ("planetscale-token", r"pscale_(?:tkn|pw|oauth)_[A-Za-z0-9_=.-]{32,64}"),
    ("neon-key", r"napi_[a-z0-9]{64}|npg_[A-Za-z0-9]{12,}"),
    ("mongodb-secret", r"mdb_sa_sk_[A-Za-z0-9_-]{40}"),
    ("databricks-token", r"(?:dapi|dkea|dose)[0-9a-f]{32}(?:-[0-9])?"),
    ("confluent-secret", r"cflt[A-Za-z0-9+/]{60}"),
    ("elastic-key", r"essu_[A-Za-z0-9+/=]{50,}"),
    ("openshift-token", r"sha256~[A-Za-z0-9_-]{43}"),
    ("tailscale-key", r"tskey-(?:api|auth|client|scim|webhook)-[A-Za-z0-9]{9,}-[A-Za-z0-9]{20,}"),
    ("ngrok-token", r"(?:ak_|cr_)?[12][A-Za-z0-9]{26}_[A-Za-z0-9]{20,22}"),
    ("akamai-token", r"akab-[a-z0-9]{16}-[a-z0-9]{16}"),
    ("defined-key", r"dnkey-[A-Za-z0-9_=-]{26}-[A-Za-z0-9_=-]{52}"),
    # Vaults and infrastructure as code
    ("vault-token", r"hv[sbr]\.[A-Za-z0-9_-]{24,}|[sb]\.[A-Za-z0-9]{24}"),
    ("terraform-token", r"[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_=-]{60,70}"),
    ("pulumi-token", r"pul-[0-9a-f]{40}"),
    ("doppler-token", r"dp\.(?:ct|pt|st|sa|scim|audit)\.(?:[a-z0-9_-]{2,35}\.)?[A-Za-z0-9]{40,44}"),
    ("1password-token", r"ops_eyJ[A-Za-z0-9_=+/-]{100,}"),
    ("1password-key", r"A3-[A-Z0-9]{6}-(?:[A-Z0-9]{11}|[A-Z0-9]{6}-[A-Z0-9]{5})(?:-[A-Z0-9]{5}){3}"),
    ("infisical-token", r"st\.[0-9a-f]{8,}(?:-[0-9a-f]{4,}){4}\.[0-9a-f]{32}\.[0-9a-f]{32}"),
    ("age-key", r"AGE-SECRET-KEY-(?:PQ-)?1[0-9A-Z]{58,}"),
    ("prefect-key", r"pn[ub]_[A-Za-z0-9]{36}"),
    # Language models
    ("anthropic-key", r"sk-ant-[A-Za-z0-9_-]{20,}"),
    ("openrouter-key", r"sk-or-v1-[0-9a-f]{64}"),
    ("langfuse-key", rf"sk-lf-{_UUID}"),
    ("openai-key", r"sk-(?:proj|svcacct|admin|None|service)-[A-Za-z0-9_-]{20,}"),
    ("openai-key", r"sk-[A-Za-z0-9_-]{10,}T3BlbkFJ[A-Za-z0-9_-]{16,}"),
    ("openai-key", r"sk-[A-Za-z0-9]{20,}|sess-[A-Za-z0-9]{40}"),
    ("huggingface-token", r"hf_[A-Za-z0-9]{30,40}|api_org_[A-Za-z0-9]{34}"),
    ("groq-key", r"gsk_[A-Za-z0-9]{40,60}"),
    ("xai-key", r"xai-[A-Za-z0-9]{70,90}"),
    ("perplexity-key", r"pplx-[A-Za-z0-9]{40,60}"),
    ("replicate-token", r"r8_[A-Za-z0-9]{37,40}"),
    ("fireworks-key", r"fw_[A-Za-z0-9]{20,32}"),
    ("together-key", r"tgp_v1_[A-Za-z0-9_-]{43}"),
    ("nvidia-key", r"nvapi-[A-Za-z0-9_-]{60,70}"),
    ("cerebras-key", r"csk-[a-z0-9]{48}"),
    ("pinecone-key", r"pcsk_[A-Za-z0-9]{4,8}_[A-Za-z0-9]{50,70}"),
    ("jina-key", r"jina_[A-Za-z0-9_-]{50,}"),
    ("voyage-key", r"pa-[A-Za-z0-9_-]{43}"),
    ("langsmith-key", r"lsv2_(?:pt|sk)_[0-9a-f]{32}_[0-9a-f]{10}|ls__[0-9a-f]{32}"),
    ("tavily-key", r"tvly-(?:dev-|prod-)?[A-Za-z0-9]{30,40}"),
    ("firecrawl-key", r"fc-[0-9a-f]{32}"),
    ("e2b-key", r"e2b_[0-9a-f]{40}"),
    ("apify-token", r"apify_api_[A-Za-z0-9]{36,40}"),
    ("elevenlabs-key", r"sk_[0-9a-f]{48}"),
    ("runpod-key", r"rpa_[A-Z0-9]{36,}"),
    ("wandb-key", r"wandb_v1_[A-Za-z0-9_]{60,}"),
    ("kaggle-token", r"KGAT_[0-9a-f]{32}"),
    ("logfire-token", r"pylf_v[12]_[a-z]{2,}_[A-Za-z0-9]{40,}"),
    # Money
    ("stripe-key", r"[sr]k_(?:live|test|prod)_[A-Za-z0-9]{16,250}"),
    ("webhook-secret", r"whsec_[A-Za-z0-9+/=]{24,}"),
    ("square-token", r"sq0(?:atp|csp)-[A-Za-z0-9_-]{22,43}|EAAA[A-Za-z0-9_-]{60}"),
    ("braintree-token", r"access_token\$(?:production|sandbox)\$[0-9a-z]{16}\$[0-9a-f]{32}"),
    ("shopify-token", r"shp(?:at|ca|pa|ss|ua|tka)_[0-9a-fA-F]{32}"),
    ("plaid-token", rf"access-(?:sandbox|development|production)-{_UUID}"),
    ("flutterwave-key", r"FLWSECK(?:_TEST)?-[0-9a-zA-Z]{12,40}(?:-X)?"),
    ("easypost-key", r"EZ[AT]K[A-Za-z0-9]{54}"),
    ("shippo-token", r"shippo_(?:live|test)_[0-9a-f]{40}"),
    ("duffel-token", r"duffel_(?:test|live)_[A-Za-z0-9_=-]{43}"),
    ("lob-key", r"(?:live|test)_[0-9a-f]{35}"),
    ("wallet-key", r"xprv[1-9A-HJ-NP-Za-km-z]{107,108}|nsec1[02-9ac-hj-np-z]{58}"),
    # Messages
    ("slack-token", r"xox[abceoprs](?:\.xox[bp])?-[A-Za-z0-9-]{10,}|xapp-[0-9]-[A-Z0-9]+-[0-9]+-[A-Za-z0-9]{20,}"),
    ("slack-token", r"xwfp-[A-Za-z0-9-]{20,}"),
    ("discord-token", r"[MNO][A-Za-z0-9_-]{23,27}\.[A-Za-z0-9_-]{6,7}\.[A-Za-z0-9_-]{27,40}|mfa\.[A-Za-z0-9_-]{84}"),
    ("telegram-token", r"(?:bot)?[0-9]{8,10}:AA[A-Za-z0-9_-]{32,33}"),
    ("twilio-key", r"SK[0-9a-f]{32}"),
    ("sendgrid-key", r"SG\.[A-Za-z0-9_-]{16,32}\.[A-Za-z0-9_-]{16,64}"),
    ("mailgun-key", r"(?:pub)?key-[0-9a-f]{32}|[0-9a-f]{32}-[0-9a-f]{8}-[0-9a-f]{8}"),
    ("mailchimp-key", r"[0-9a-f]{32}-us[0-9]{1,2}"),
    ("mandrill-key", r"md-[A-Za-z0-9_-]{22}"),
    ("brevo-key", r"x(?:key|smtp)sib-[0-9a-f]{64}-[A-Za-z0-9]{16}"),
    ("resend-key", r"re_[A-Za-z0-9]{7,9}_[A-Za-z0-9]{20,28}"),
    ("hubspot-token", rf"pat-(?:na|eu|ap)[0-9]-{_UUID}"),
    ("intercom-token", r"dG9rO[A-Za-z0-9+/]{50,}={0,2}"),
    ("facebook-token", r"EAA[A-Za-z0-9]{90,}|IGQ[A-Za-z0-9_-]{100,}"),
    ("twitter-token", r"A{20,24}[A-Za-z0-9]{4,}%[23][A-Za-z0-9%]{30,}"),
    ("dropbox-token", r"sl\.(?:u\.)?[A-Za-z0-9_-]{60,}"),
    ("mapbox-token", r"sk\.eyJ[A-Za-z0-9_-]{20,}\.[A-Za-z0-9_-]{20,}"),
    # Watching and measuring
    ("new-relic-key", r"NRAK-[A-Z0-9]{27}|NR(?:II|IQ|RA|BR)-[A-Za-z0-9_-]{20,40}|NRJS-[0-9a-f]{19}|[0-9a-f]{36}NRAL"),
    ("sentry-token", r"sntrys_[A-Za-z0-9_+/=.-]{50,}|sntryu_[0-9a-f]{64}"),
    ("grafana-token", r"glsa_[A-Za-z0-9]{32}_[0-9a-fA-F]{8}|glc_[A-Za-z0-9+/_-]{32,}={0,2}"),
    ("grafana-token", r"eyJrIjoi[A-Za-z0-9+/]{60,}={0,2}"),
    ("dynatrace-token", r"dt0[a-z][0-9]{2}\.[A-Z0-9]{24}\.[A-Z0-9]{64}"),
    ("honeycomb-key", r"hc[a-z]{2}k_[0-9a-z]{58}"),
    ("launchdarkly-key", rf"(?:sdk|api)-{_UUID}"),
    ("posthog-key", r"ph[xs]_[A-Za-z0-9]{40,}"),
    ("frameio-token", r"fio-u-[A-Za-z0-9_=-]{64}"),
    ("maxmind-key", r"[A-Za-z0-9]{6}_[A-Za-z0-9]{29}_mmk"),
    # Signed tokens, hashed passwords, key files that were encoded once more
    ("jwt", (r"eyJ[A-Za-z0-9_-]{8,}(?:={0,2}\.eyJ[A-Za-z0-9_-]{8,}={0,2}(?:\.[A-Za-z0-9_-]*)?"
            r"|\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,})")),
    ("private-key", (r"LS0tLS1CRUdJTi(?:BSU0EgUFJJ|BQUklW|BPUEVO|BFQyBQ|BFTkNS|BEU0Eg|BQR1AgUFJJ)"
                     r"[A-Za-z0-9+/]{40,}={0,2}")),
    ("django-secret", r"django-insecure-[A-Za-z0-9!@#$%^&*(_=+)-]{30,60}"),
    ("password-hash", r"\$2[abxy]\$[0-9]{2}\$[A-Za-z0-9./]{53}"),
    ("password-hash", (r"\$(?:1|5|6|apr1)\$(?:rounds=[0-9]+\$)?[A-Za-z0-9./]{1,16}\$"
                      r"[A-Za-z0-9./]{22,86}|\$y\$[A-Za-z0-9./]+\$[A-Za-z0-9./]+\$[A-Za-z0-9./]{43}")),
    ("password-hash", r"\$argon2id?\$v=[0-9]+\$[a-z0-9=,]+\$[A-Za-z0-9+/=]{11,}\$[A-Za-z0-9+/=]{20,}"),
)  # fmt: skip

_BEFORE = r"(?:^|[^A-Za-z0-9]|\\[nrtbf]|\\u[0-9A-Fa-f]{4}|%[0-9A-Fa-f]{2}|\x1b\[[0-9;]*m)"
"""What may stand before a token: an escape in a JSON string or a URL, and a colour of a terminal, end in letters."""

_ANY = Pattern(_BEFORE + "(?:" + "|".join(pattern for _, pattern in _FORMATS) + ")")
_WHICH = Patterns([pattern for _, pattern in _FORMATS])
_EDGE = Pattern(r"\\[nrtbf]|\\u[0-9A-Fa-f]{4}|%[0-9A-Fa-f]{2}|\x1b\[[0-9;]*m|(?s:.)")

_AWS_SECRET = Pattern(r"(?:^|[^A-Za-z0-9/+])([A-Za-z0-9/+]{40})(?:[^A-Za-z0-9/+=]|$)")
_NEAR = 200
"""Bytes after an AWS key id in which its secret half is looked for: the next column or the next line."""


def tokens(text: bytes) -> list[Edit]:
    """Find every token in a known format."""
    edits: list[Edit] = []
    for found in _ANY.each(text):
        start, end = found.span()
        kind, start = _kind(text, start, end)
        if not kind or text[end : end + 1].isalnum() or is_filler(text[start:end]):
            continue
        if kind == "telegram-token" and text.startswith(b"bot", start):
            start += 3
        if kind == "vault-token" and text[start + 1 : start + 2] == b"." and not is_mixed(text[start + 2 : end]):
            continue
        edits.append((start, end, kind))
        if kind == "aws-access-key":
            secret = _AWS_SECRET.search(text, end, min(len(text), end + _NEAR))
            if secret and is_mixed(text[secret.start(1) : secret.end(1)]):
                edits.append((*secret.span(1), "aws-secret-key"))
    return edits


def _kind(text: bytes, start: int, end: int) -> tuple[str, int]:
    """Return the kind of what was found and where the token itself begins, after what stands before it."""
    edge = _EDGE.at(text, start, end)
    for begin in (edge.end() if edge else start, start):
        which = _WHICH.first(text[begin:end])
        if which is not None:
            return _FORMATS[which][0], begin
    return "", start
