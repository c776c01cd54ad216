# ruff: noqa: SIM905 - names and values are listed as text, a hundred in a few lines
"""Redaction at its edges: each name and each place of a secret, and how near something may come to one."""

from __future__ import annotations

import re

import pytest
from tokens import made

from rb_mcp.redaction import Redactor


@pytest.fixture(scope="module")
def redact() -> Redactor:
    return Redactor()


WORD, RANDOM = "hunt" + "er2", made("{B:24}")

PASSWORD_NAMES = (
    "password passwd passwort kennwort pwd passphrase passcode contraseña contrasena senha DB_PASS smtpPass mysql_pw"
    " rootPw keypass storepass sshpass mot_de_passe user.password new-password PASSWORD_2 old_password_prod"
    " passwordBase64 requirepass masterauth PassWord admin_passwd ldapPass"
).split()


@pytest.mark.parametrize("name", PASSWORD_NAMES)
def test_a_password_is_known_by_each_of_its_names(redact: Redactor, name: str) -> None:
    assert redact(f'{name} = "{WORD}"') == f'{name} = "«secret:password»"'


KEY_NAMES = {
    "api-key": "api_key apiKey X-API-KEY openai_api_key API_KEY_PROD apikey",
    "private-key": "private_key privateKey",
    "key": (
        "access_key secret_key auth_key encryption_key signing_key master_key account_key serviceKey storage_key"
        " shared_key session_key admin_key cookie_key vault_key client-key-data ACCESS_KEY_2 stripe_key datadog_key"
        " openai_key anthropic_key azure_key github_key serverKey deployKey wg_key license_key psk_key hmacKey"
    ),
    "secret": "client_secret secret app.secret jwtSecret CLIENT_SECRET_OLD webhook_secret",
    "token": "token access_token authToken REFRESH_TOKEN bot.token id_token bearer jwt slack_token",
    "credential": "credential credentials creds cred",
    "aws-secret-key": "aws_secret_access_key secretAccessKey AWS_SECRET_KEY aws_secret",
    "session": "JSESSIONID phpsessid",
    "auth": "auth registry_auth",
    "authorization": "authorization",
}


@pytest.mark.parametrize(
    ("kind", "name"), [(kind, name) for kind, names in KEY_NAMES.items() for name in names.split()]
)
def test_what_looks_generated_is_cut_out_under_the_kind_that_its_name_says(
    redact: Redactor, kind: str, name: str
) -> None:
    assert redact(f'{name} = "{RANDOM}"') == f'{name} = "«secret:{kind}»"'


OPEN_NAMES = (
    "key public_key publishable_key primary_key cache_key sort_key foreignKey next_page_token pageToken csrf_token"
    " csrfToken XSRF-TOKEN csrfmiddlewaretoken sync_token resume_token cancellation_token pad_token eos_token"
    " idempotency_token verification_token cursor_token max_token device_token design_token token_type password_field"
    " secret_name auth_url passport compass author keyboard pin otp monkey public_api_key idempotency_key"
).split()


@pytest.mark.parametrize("name", OPEN_NAMES)
def test_a_name_that_opens_nothing_keeps_its_value(redact: Redactor, name: str) -> None:
    assert redact(f'{name} = "{RANDOM}"') == f'{name} = "{RANDOM}"'


@pytest.mark.parametrize("name", ["пароль", "密码", "密碼", "口令", "パスワード", "비밀번호", "비번", "암호", "पासवर्ड"])
def test_a_password_is_known_in_other_scripts(redact: Redactor, name: str) -> None:
    assert redact(f"{name}: {WORD}\n") == f"{name}: «secret:password»\n"


STAND_INS = (
    "none null nil undefined true false no empty unset missing required optional string str bytes bool int object any"
    " type value password token secret key hidden disabled unknown default prompt stdin self function expired incorrect"
    " wrong valid denied failed error ok success changed sent set field input button label here below confirm show"
    " n/a basic bearer oauth2 jwt sha256 md5 utf-8 base64 bcrypt file env inherit changeme change-me placeholder"
    " redacted masked removed todo dummy your-password my-secret-token insert-here replace_me xxxx **** ... <password>"
    " ${PASSWORD} $PASSWORD {{password}} %PASSWORD% {password} [password] @PASSWORD@ #{password} &password;"
    " vault:secret/x op://a/b"
    " arn:aws:x ENC[abc] !vault :password env.PASSWORD $(pass) %s /run/secrets/db ./db.txt ~/x/y C:\\x"
    " https://x.org/a"
).split()


@pytest.mark.parametrize("value", STAND_INS)
def test_a_value_that_only_stands_in_for_a_secret_stays(redact: Redactor, value: str) -> None:
    assert redact(f'password = "{value}"') == f'password = "{value}"'
    if value.isalpha():
        assert redact(f"password: {value.upper()}\n") == f"password: {value.upper()}\n"


@pytest.mark.parametrize(
    "value", ["#pass", ".password-field", "[name='password']", "//input[@id='token']", "^1.2.0", "ab"]
)
def test_a_selector_a_range_or_two_letters_are_no_password(redact: Redactor, value: str) -> None:
    assert redact(f'password: "{value}"') == f'password: "{value}"'


@pytest.mark.parametrize("value", ["abc", "aB3", "p@ss", "12345", "correct horse", "tr0ub4dor&3", "s" * 199 + "1"])
def test_any_other_literal_is_a_password_where_passwords_stand(redact: Redactor, value: str) -> None:
    assert redact(f'password: "{value}"') == 'password: "«secret:password»"'


@pytest.mark.parametrize(
    "value",
    [
        *("v1.2.3", "1.2.3-rc1", "2026-01-02T03:04", "0xdeadbeef", "500mb", "id_rsa_2_path", "my-secret-name"),
        *(
            "UserAccessTokenProvider",
            "internationalization",
            "short1",
            "two words 12345678",
            "12345678",
            "/etc/keys/a1b2",
        ),
    ],
)
def test_a_word_a_version_or_a_date_is_no_token(redact: Redactor, value: str) -> None:
    assert redact(f'token: "{value}"') == f'token: "{value}"'


@pytest.mark.parametrize(
    "value", ["a1b2c3d4", "abcd-ef12gh34", "qWeRtYuIoPaSdFgH", "qwrtpsdfghjklzxcvbnm", "p$aB!cD#eF", "deadbeef12=="]
)
def test_what_looks_generated_is_a_token(redact: Redactor, value: str) -> None:
    assert redact(f'token: "{value}"') == 'token: "«secret:token»"'


@pytest.mark.parametrize("sign", ["=", ": ", ":=", " => ", " = ", "： ", "%3D", " == ", " != ", " || "])
def test_a_quoted_value_is_found_behind_each_sign(redact: Redactor, sign: str) -> None:
    assert redact(f'password{sign}"{WORD}"') == f'password{sign}"«secret:password»"'


@pytest.mark.parametrize("sign", [" == ", " != ", " || ", " ?? ", "->"])
def test_what_is_compared_with_a_variable_is_no_secret(redact: Redactor, sign: str) -> None:
    assert redact(f"if password{sign}expected2: go") == f"if password{sign}expected2: go"


@pytest.mark.parametrize(
    ("opening", "closing"), [('"', '"'), ("'", "'"), ("`", "`"), ('\\"', '\\"'), ("“", "”"), ("‘", "’"), ("„", "“"),
     ("&quot;", "&quot;"), ("&#39;", "&#39;"), ("%22", "%22"), ('b"', '"'), ('f"', '"'), ('@"', '"')],
)  # fmt: skip
def test_a_value_is_found_in_every_kind_of_quotation_marks(redact: Redactor, opening: str, closing: str) -> None:
    assert redact(f"password={opening}{WORD}{closing} x") == f"password={opening}«secret:password»{closing} x"


def test_a_quotation_mark_inside_a_value_does_not_end_it(redact: Redactor) -> None:
    assert redact('password = "ab\\"cd1" # x') == 'password = "«secret:password»" # x'


def test_settings_are_taken_at_their_word_and_programs_are_not(redact: Redactor) -> None:
    assert redact("DB_PASSWORD=plainword\n") == "DB_PASSWORD=«secret:password»\n"
    assert redact("db.connect(password=plainword)") == "db.connect(password=plainword)"
    assert redact("[db]\npassword = plainword\n") == "[db]\npassword = «secret:password»\n"
    assert redact("x = 1\npassword = plainword\n") == "x = 1\npassword = plainword\n"
    assert redact("password: plainword\n") == "password: «secret:password»\n"
    assert redact("password: plainword,\n") == "password: plainword,\n"


def test_a_name_inside_the_name_of_a_resource_is_no_place(redact: Redactor) -> None:
    text = f"arn:aws:secretsmanager:eu:1:secret:{RANDOM}"
    assert redact(text) == text


def test_a_text_too_short_for_a_secret_and_an_empty_one_come_back(redact: Redactor) -> None:
    for text in ("", "pw=ab", "a"):
        assert redact(text) == text
    assert redact("pwd=a1b!") == "pwd=«secret:password»"


P = "sw0rd" + "fish9"
COMMANDS = [
    *("curl -u bob:% x.org", "wget --user bob:% x.org", "http -a bob:% x.org", "https -a bob:% x.org"),
    *("curl --proxy-user=bob:% x.org", "sshpass -p% ssh a@b", "mysqldump -p% shop", "mariadb -u a -p% shop"),
    *("mongosh -u a -p % db", "redis-cli -h c -a % ping", "docker login -u bob -p % r.io",
      "helm registry login -p % r.io"),
    *("ldapsearch -x -w % -b dc", "podman login -u b -p % r.io"),
    *("zip -P % a.zip b", "unzip -P % a.zip", "7z x -p% a.7z", "unrar x -hp% a.rar", "xfreerdp /u:bob /p:% /v:h"),
    *("openssl rsa -passin pass:% -in k", "openssl rsa -passout pass:% -in k", "echo '%' | sudo -S ls",
      "echo bob:% | chpasswd"),
    *("echo % | passwd --stdin bob", "echo % | docker login --password-stdin", "printf '%' | sudo -S ls",
      "sudo -S ls <<< '%'"),
    *("machine x.org login bob password %", "default login bob password %", "db.x:5432:shop:bob:%",
      "db.x:5433:shop:bob:%"),
    *("db.x:6432:shop:bob:%", "db.x:6543:shop:bob:%", "*:*:shop:bob:%", "requirepass %", "masterauth %"),
    *("CREATE USER a IDENTIFIED BY '%'", "ALTER ROLE a WITH PASSWORD '%'"),
    *("CREATE ROLE a ENCRYPTED PASSWORD '%'", "ConvertTo-SecureString -String '%' -AsPlainText -Force"),
    *("auth=('bob', '%')",),
    *("HTTPBasicAuth('bob', '%')", "log in with the password '%' first", 'use my passphrase "%" here'),
    *('<input type="password" value="%">', "<input value='%' type='password'>", "ftp://bob:%@h/x",
      "amqp://bob:%@h:1/v"),
]  # fmt: skip


@pytest.mark.parametrize("written", [line for line in COMMANDS if line.count("%") == 1])
def test_a_password_is_told_by_the_command_or_the_statement_it_stands_in(redact: Redactor, written: str) -> None:
    before, after = written.split("%")
    kind = "url-credentials" if "://" in before else "password"
    assert redact(written.replace("%", P)) == f"{before}«secret:{kind}»{after}"


@pytest.mark.parametrize(
    ("kind", "written"),
    [
        ("webhook-url", "https://hooks.slack.com/workflows/{B:40}"),
        ("webhook-url", "https://discord.com/api/webhooks/12345678/{u:60}"),
        ("webhook-url", "https://x.webhook.office.com/webhookb2/{B:40}"),
        ("webhook-url", "https://hooks.zapier.com/hooks/catch/{B:20}"),
        ("url-key", "https://mainnet.infura.io/v3/{x:32}"),
        ("url-key", "https://eth.g.alchemy.com/v2/{B:32}"),
        ("url-key", "https://x.quiknode.pro/{x:40}"),
        ("url-signature", "https://x.org/a?x-amz-signature={x:64}"),
        ("url-signature", "https://x.org/a?b=c&Signature={B:40}"),
        ("url-signature", "https://x.org/a?b=c&amp;X-Goog-Signature={x:64}"),
        ("url-credentials", "https://{B:20}@git.x.org/a"),
        ("authorization", "Authorization: Bearer {B:24}"),
        ("authorization", "authorization=token {B:24}"),
        ("authorization", "'Authorization': 'GenieKey {uuid}'"),
        ("authorization", "use Bearer {B:24}"),
        ("authorization", "?header=bearer%20{B:24}"),
        ("authorization", "SignedHeaders=host, Signature={x:64}"),
        ("session", "see JSESSIONID={B:32}"),
        ("session", "see connect.sid={B:32}"),
        ("session", "see session_id={B:32}"),
        ("private-key", '{"kty": "RSA", "d": "{B:60}"}'),
        ("api-key", "wandb login --relogin {x:40}"),
        ("kubernetes-token", "kubeadm join h:6443 --token {a:6}.{a:16}"),
    ],
)
def test_what_is_generated_is_told_by_the_address_or_the_header_it_stands_in(
    redact: Redactor, kind: str, written: str
) -> None:
    hole = re.search(r"\{(\w:\d+|uuid)\}(.\{\w:\d+\})?", written)
    assert hole
    text = written[: hole.start()] + made(hole[0]) + written[hole.end() :]
    assert redact(text) == f"{written[: hole.start()]}«secret:{kind}»{written[hole.end() :]}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Cookie: sid={B:20}", "Cookie: sid=«secret:session»"),
        ("Cookie: a=b; auth={B:12}; c=d", "Cookie: a=b; auth=«secret:cookie»; c=d"),
        ("curl -b remember={B:20} x.org", "curl -b remember=«secret:cookie» x.org"),
        ("curl --cookie login=abcdef x.org", "curl --cookie login=«secret:cookie» x.org"),
        ("Cookie: login=abcde; lang=en-GB", "Cookie: login=abcde; lang=en-GB"),
        (
            "Cookie: theme=dark; currency=EUR; tracking={B:24}",
            "Cookie: theme=dark; currency=EUR; tracking=«secret:cookie»",
        ),
        (
            "Set-Cookie: sso={B:20}; Path=/user; Expires=Thursday",
            "Set-Cookie: sso=«secret:cookie»; Path=/user; Expires=Thursday",
        ),
        (
            "Set-Cookie: cf_clearance=<value>; Domain=user.example.org",
            "Set-Cookie: cf_clearance=<value>; Domain=user.example.org",
        ),
    ],
)
def test_of_a_cookie_what_opens_a_session_goes_and_the_rest_stays(redact: Redactor, text: str, expected: str) -> None:
    assert redact(re.sub(r"\{B:\d+\}", lambda hole: made(hole[0]), text)) == expected


@pytest.mark.parametrize(
    "text",
    [
        *("curl -u bob:$PASS x.org", "curl https://x.org:8080/a", "docker login -p --help", "zip -P ab a.zip"),
        *("login bob password: next", "echo hello | sudo tee x", "machine learning password", "basic auth is off"),
        *("Authorization: Basic aGVsbG8gd29ybGQ=", "Bearer authenticationisrequired", "https://someuser@git.x.org/a"),
        *("https://bob:PASSWORD@x.org", "https://bob:${PW}@x.org", "sig=abc", "wandb login --help", '{"kty": "RSA"}'),
    ],
)
def test_a_command_or_an_address_without_a_secret_stays(redact: Redactor, text: str) -> None:
    assert redact(text) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("login --api-key {B:20} --verbose", "login --api-key «secret:api-key» --verbose"),
        ("login --password {P} -v", "login --password «secret:password» -v"),
        ("login --password --token", "login --password --token"),
        ("<api-key>{B:20}</api-key>", "<api-key>«secret:api-key»</api-key>"),
        ("<secret><![CDATA[{B:20}]]></secret>", "<secret><![CDATA[«secret:secret»]]></secret>"),
        ('"name": "API_KEY", "value": "{B:20}"', '"name": "API_KEY", "value": "«secret:api-key»"'),
        ("name: DB_PASSWORD\n  value: {P}", "name: DB_PASSWORD\n  value: «secret:password»"),
        ("key='password' content='{P}'", "key='password' content='«secret:password»'"),
        ('setHeader("X-Api-Key", "{B:20}")', 'setHeader("X-Api-Key", "«secret:api-key»")'),
        ("page.type('#password', '{P}')", "page.type('#password', '«secret:password»')"),
        ('get_by_label("password").fill("{P}")', 'get_by_label("password").fill("«secret:password»")'),
        ("setx API_KEY {B:20}", "setx API_KEY «secret:api-key»"),
        ("set -gx API_KEY {B:20}", "set -gx API_KEY «secret:api-key»"),
        ('withToken("{B:20}")', 'withToken("«secret:token»")'),
        ("| api key | other |\n| api_key | {B:20} |", "| api key | other |\n| api_key | «secret:api-key» |"),
        ("| `password` | **{P}** |", "| `password` | **«secret:password»** |"),
        ("the password for bob is {P}, thanks", "the password for bob is «secret:password», thanks"),
        ("passcode: it was set to {P}", "passcode: it was set to {P}"),
        ("the passwd changed to {P}.", "the passwd changed to «secret:password»."),
        ("the api key equals {B:20}", "the api key equals «secret:api-key»"),
        ("the access key on prod is '{B:20}'", "the access key on prod is '«secret:key»'"),
        ("secret key - {B:20}", "secret key - «secret:key»"),
        ("the secret is {B:20}!", "the secret is «secret:secret»!"),
        ("the token was {B:20})", "the token was «secret:token»)"),
        ("the token was short1", "the token was short1"),
        ("the password is incorrect", "the password is incorrect"),
        ("the password is in v1.2.3", "the password is in v1.2.3"),
        ("the password is (hidden2)", "the password is (hidden2)"),
        ("the password is a-b-2", "the password is a-b-2"),
        ("the password is open!sesame", "the password is «secret:password»"),
        ("the password is open.sesame!", "the password is open.sesame!"),
        ("the password is s3c", "the password is s3c"),
        ("the password is 12345678", "the password is 12345678"),
    ],
)
def test_a_secret_is_told_by_the_words_before_it(redact: Redactor, text: str, expected: str) -> None:
    def fill(written: str) -> str:
        return re.sub(r"\{B:\d+\}", lambda hole: made(hole[0]), written).replace("{P}", P)

    assert redact(fill(text)) == fill(expected)


def test_a_password_behind_a_percent_sign_is_told_by_its_command(redact: Redactor) -> None:
    assert redact(f"smbclient //h/s -U bob%{P}") == "smbclient //h/s -U bob%«secret:password»"
    assert redact(f"rpcclient -U 'd\\bob%{P}' h") == "rpcclient -U 'd\\bob%«secret:password»' h"


@pytest.mark.parametrize(
    "text",
    [
        *("password = config2[db]", "password = Vec2<String>", "password = read2(x)", "password = make2{a}"),
        *("the password: plainword in it", "login --password plainword now"),
        *('token: "two w0rds 12345678"', "password: Optional[str]", "token: a.b.c", "password == other2"),
        "max_password_length: 12",
    ],
)  # fmt: skip
def test_code_that_handles_a_password_stays_as_it_is(redact: Redactor, text: str) -> None:
    assert redact(text) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("login --password plainword", "login --password «secret:password»"),
        ("login --password plainword -v", "login --password «secret:password» -v"),
        ("machine x.org login bob password plainword", "machine x.org login bob password «secret:password»"),
        ('"password": plainword\n', '"password": «secret:password»\n'),
        ("x; password: {P}\n", "x; password: «secret:password»\n"),
        ("connect(password={P})", "connect(password=«secret:password»)"),
        ("a, password = {P}", "a, password = «secret:password»"),
        ("DB_PASSWORD={P}(x)[y]{z}\n", "DB_PASSWORD=«secret:password»\n"),
        ("{password: {P}}\n", "{password: «secret:password»}\n"),
        ("password: ab:{P}.\n", "password: «secret:password».\n"),
        ("password = 4711\n", "password = «secret:password»\n"),
        ('token: "p?aB=cD?eF"', 'token: "«secret:token»"'),
        ('token: "aB3dE6gH9jK2=="', 'token: "«secret:token»"'),
        ("the password is pa@ss!", "the password is «secret:password»!"),
    ],
)
def test_a_password_is_cut_out_up_to_where_it_ends(redact: Redactor, text: str, expected: str) -> None:
    assert redact(text.replace("{P}", P)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ConvertTo-SecureString {P} -Force", "ConvertTo-SecureString «secret:password» -Force"),
        ('password="{{x}}"', 'password="{{x}}"'),
        ('password="a{b}c1"', 'password="«secret:password»"'),
        ('auth = "plainword"', 'auth = "plainword"'),
        ('db_auth = "plainword"', 'db_auth = "plainword"'),
        ('api_key = "plainword1"', 'api_key = "«secret:api-key»"'),
        ('token = "plainword1"', 'token = "«secret:token»"'),
        ('access_token = "plainword"', 'access_token = "«secret:token»"'),
        ('token = "plainword"', 'token = "plainword"'),
        ('token = "hunter9word9"', 'token = "«secret:token»"'),
        ("curl -u bob:{P}; ls", "curl -u bob:«secret:password»; ls"),
        ('sig2 xsrftoken = "{B:20}"', 'sig2 xsrftoken = "{B:20}"'),
    ],
)
def test_how_sure_a_name_is_decides_how_much_is_seen_in_a_value(redact: Redactor, text: str, expected: str) -> None:
    def fill(written: str) -> str:
        return re.sub(r"\{B:\d+\}", lambda hole: made(hole[0]), written).replace("{P}", P)

    assert redact(fill(text)) == fill(expected)


def test_a_name_of_three_words_is_read_from_its_end(redact: Redactor) -> None:
    assert redact(f'client-key-data: "{RANDOM}"') == 'client-key-data: "«secret:key»"'
    assert redact(f'some-key-data: "{RANDOM}"') == f'some-key-data: "{RANDOM}"'


KEY_LINES = [made("{b:64}") + "A" * n for n in range(4)]


def test_two_private_keys_in_a_row_are_two_and_what_stands_between_stays(redact: Redactor) -> None:
    head, foot = "-----BEGIN " + "PRIVATE KEY-----", "-----END " + "PRIVATE KEY-----"
    body = "\n".join(KEY_LINES)
    whole = f"{head}\n{body}\n{foot}"
    cut = "«secret:private-key»"
    assert redact(f"{whole}\nand\n{whole}\n") == f"{cut}\nand\n{cut}\n"
    assert redact(f"{head}\n{body}\n\nand\n{whole}\n") == f"{cut}\n\nand\n{cut}\n", "the first has no end"
    assert redact(f"{whole}\nand then\n{body}\n{foot}\n") == f"{cut}\nand then\n{cut}\n", "the second has no beginning"
    assert redact(f"{head}\nempty\n{foot}\n") == f"{head}\nempty\n{foot}\n"
    far = "a line of prose\n" * 2_100
    assert redact(f"{head}\n{body}\n{far}{foot}\n") == f"{cut}\n{far}{foot}\n"


def test_a_putty_key_loses_its_mac_too(redact: Redactor) -> None:
    mac = made("{x:40}")
    redacted = redact(f"Private-MAC: {mac}\nEnd")
    assert redacted.endswith("«secret:private-key»\nEnd")
    assert mac[4:] not in redacted


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("login --password plainword\nok", "login --password «secret:password»\nok"),
        ("Private-MAC: 1234{x:36}\nEnd", "Private-MAC: «secret:private-key»\nEnd"),
        ("ALTER USER a IDENTIFIED WITH sha2 BY '{P}'", "ALTER USER a IDENTIFIED WITH sha2 BY '«secret:password»'"),
    ],
)
def test_nothing_of_a_secret_is_left_at_its_edges(redact: Redactor, text: str, expected: str) -> None:
    assert redact(text.replace("{x:36}", made("{x:36}")).replace("{P}", P)) == expected
