# ruff: noqa: SIM905 - account numbers are listed as text, a hundred in a few lines
"""Bank accounts of every country, cards of every network at the edges of their ranges, and mail addresses.

Account numbers are the examples that the registry publishes; card numbers are made up, with a right check digit.
"""

from __future__ import annotations

import pytest

from rb_mcp.redaction import Redactor


@pytest.fixture(scope="module")
def personal() -> Redactor:
    return Redactor("personal")


IBANS = (
    "AD1200012030200359100100 AE070331234567890123456 AL47212110090000000235698741 AT611904300234573201"
    " AZ21NABZ00000000137010001944 BA391290079401028494 BE68539007547034 BG80BNBG96611020345678 BH67BMAG00001299123456"
    " BI4210000100010000332045181 BR1800360305000010009795493C1 BY13NBRB3600900000002Z00AB00 CH9300762011623852957"
    " CR05015202001026284066 CY17002001280000001200527600 CZ6508000000192000145399 DE89370400440532013000"
    " DJ2100010000000154000100186 DK5000400440116243 DO28BAGR00000001212453611324 EE382200221020145685"
    " EG380019000500000000263180002 ES9121000418450200051332 FI2112345600000785 FK88SC123456789012 FO6264600001631634"
    " FR1420041010050500013M02606 GB29NWBK60161331926819 GE29NB0000000101904917 GI75NWBK000000007099453"
    " GL8964710001000206 GR1601101250000000012300695 GT82TRAJ01020000001210029690 HR1210010051863000160"
    " HU42117730161111101800000000 IE29AIBK93115212345678 IL620108000000099999999 IQ98NBIQ850123456789012"
    " IS140159260076545510730339 IT60X0542811101000000123456 JO94CBJO0010000000000131000302"
    " KW81CBKU0000000000001234560101 KZ86125KZT5004100100 LB62099900000001001901229114"
    " LC55HEMM000100010012001200023015 LI21088100002324013AA LT121000011101001000 LU280019400644750000"
    " LV80BANK0000435195001 LY83002048000020100120361 MC5811222000010123456789030 MD24AG000225100013104168"
    " ME25505000012345678951 MK07250120000058984 MN121234123456789123 MR1300020001010000123456753"
    " MT84MALT011000012345MTLCAST001S MU17BOMM0101101030300200000MUR NI45BAPR00000013000003558124 NL91ABNA0417164300"
    " NO9386011117947 OM810180000001299123456 PK36SCBL0000001123456702 PL61109010140000071219812874"
    " PS92PALS000000000400123456702 PT50000201231234567890154 QA58DOHB00001234567890ABCDEFG RO49AAAA1B31007593840000"
    " RS35260005601001611379 RU0304452522540817810538091310419 SA0380000000608010167519"
    " SC18SSCB11010000000000001497USD SD2129010501234001 SE4550000000058398257466 SI56263300012039086"
    " SK3112000000198742637541 SM86U0322509800000000270100 SO211000001001000100141 ST23000100010051845310146"
    " SV62CENR00000000000000700025 TL380080012345678910157 TN5910006035183598478831 TR330006100519786457841326"
    " UA213223130000026007233566001 VA59001123000012345678 VG96VPVG0000012345678901 XK051212012345678906"
    " YE15CBYE0001018861234567891234"
).split()  # fmt: skip


@pytest.mark.parametrize("account", IBANS)
def test_a_bank_account_is_cut_out_whatever_country_it_is_in(personal: Redactor, account: str) -> None:
    grouped = " ".join(account[n : n + 4] for n in range(0, len(account), 4))
    for written in (account, grouped, account.lower()):
        assert personal(f"pay to {written}.") == "pay to «personal:iban»."
    wrong = account[:2] + f"{(int(account[2:4]) + 1) % 100:02}" + account[4:]
    assert "iban" not in personal(f"pay to {wrong}.")


def test_what_follows_a_bank_account_stays_and_a_longer_number_is_none(personal: Redactor) -> None:
    assert personal("to DE89 3704 0044 0532 0130 00 in May") == "to «personal:iban» in May"
    assert "iban" not in personal("to DE893704004405320130001 in May")
    assert personal("to ZZ89370400440532013000 in May") == "to ZZ89370400440532013000 in May"


def card(prefix: str, length: int) -> str:
    """Return a number that begins so, with a right check digit."""
    body = prefix + "820371946502837"[: length - 1 - len(prefix)].ljust(length - 1 - len(prefix), "3")
    total = sum(sum(divmod(int(digit) * (2 - place % 2), 10)) for place, digit in enumerate(reversed(body)))
    return body + str(-total % 10)


CARDS = [
    *(("4", length) for length in (13, 16, 19)),
    *((prefix, 16) for prefix in ("51", "55", "2221", "2720", "3528", "3589")),
    *((prefix, 15) for prefix in ("34", "37")),
    *((prefix, 14) for prefix in ("300", "305", "36", "38", "39")),
    *((prefix, length) for prefix in ("36", "38", "6011", "644", "659", "3528") for length in (16, 19)),
    *((prefix, length) for prefix in ("62", "2200", "2204") for length in (16, 17, 18, 19)),
    *((prefix, length) for prefix in ("50", "56", "58") for length in range(12, 20)),
]
NO_CARDS = [
    *(("4", length) for length in (12, 14, 15, 17, 18)),
    *((prefix, 16) for prefix in ("2199", "2205", "2220", "2721", "3527", "3590", "643", "660", "6010", "6012", "59",
      "7", "9")),
    *((prefix, 15) for prefix in ("33", "35", "51", "6011")),
    *((prefix, 14) for prefix in ("299", "306", "35", "37", "40")),
    *(("62", length) for length in (13, 15)),
]  # fmt: skip


@pytest.mark.parametrize(("prefix", "length"), CARDS)
def test_a_card_of_each_network_is_cut_out_at_the_edges_of_its_range(
    personal: Redactor, prefix: str, length: int
) -> None:
    number = card(prefix, length)
    assert personal(f"paid with {number}, thanks") == "paid with «personal:card», thanks"
    wrong = number[:-1] + str((int(number[-1]) + 1) % 10)
    assert personal(f"paid with {wrong}, thanks") == f"paid with {wrong}, thanks"


@pytest.mark.parametrize(("prefix", "length"), NO_CARDS)
def test_a_number_that_no_network_gives_out_is_no_card(personal: Redactor, prefix: str, length: int) -> None:
    number = card(prefix, length)
    assert personal(f"counted {number}, thanks") == f"counted {number}, thanks"


@pytest.mark.parametrize(
    "written",
    [
        *("{a} {b} {c} {d}", "{a}-{b}-{c}-{d}", "({a}{b}{c}{d})", '"{a}{b}{c}{d}"', "{a}{b}{c}{d}.",
          "no. {a}{b}{c}{d}"),
    ],
)  # fmt: skip
def test_a_card_is_found_as_people_write_it(personal: Redactor, written: str) -> None:
    number = dict(zip("abcd", ("4111", "1111", "1111", "1111"), strict=True))
    assert "«personal:card»" in personal(f"it is {written.format(**number)} now")


@pytest.mark.parametrize(
    "written",
    [
        *("{a} {b}-{c} {d}", "41 11 11 11 11 11 11 11", "4111111 111111111", "0.{a}{b}{c}{d}", "7-{a}{b}{c}{d}"),
        *("x/{a}{b}{c}{d}", "{a}{b}{c}{d}.5", "{a}{b}{c}{d}-b", "a{a}{b}{c}{d}", "{a}{b}{c}{d}1"),
    ],
)  # fmt: skip
def test_a_part_of_another_number_or_path_is_no_card(personal: Redactor, written: str) -> None:
    number = dict(zip("abcd", ("4111", "1111", "1111", "1111"), strict=True))
    text = f"it is {written.format(**number)} now"
    assert personal(text) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("to ann@mail.example.", "to «personal:email»."),
        ("<Ann_L%x+y'z@a-b.mail.example>", "<«personal:email»>"),
        ("to jörg@mail.example", "to «personal:email»"),
        ("to ann.lee@mail.museum now", "to «personal:email» now"),
        *((one, one) for one in ("noreply@mail.example", "no-reply@mail.example", "GIT@host.example:a/b")),
        *(
            (f"icon@2x.{kind}", f"icon@2x.{kind}")
            for kind in "png jpg jpeg gif svg webp css js ts py json html md".split()
        ),
        *((one, one) for one in ("a @ b.example", "a@b", "@decorator.name", "user@host")),
    ],
)
def test_mail_addresses_go_and_what_only_holds_the_sign_stays(personal: Redactor, text: str, expected: str) -> None:
    assert personal(text) == expected
