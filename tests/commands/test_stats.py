"""`rb-mcp stats` as a person and as a program reads it: tables, a sentence, charts, a picture."""

from __future__ import annotations

import json
import random
import re
import sys
from datetime import date, timedelta
from typing import TYPE_CHECKING

import anyio
import pytest
from simulated_banks import START, records

from rb_mcp.cli import main
from rb_mcp.commands import charts
from rb_mcp.memory.lift import Interval
from rb_mcp.stores.sqlite import SqliteStore
from rb_mcp.tallies import Day

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from rb_mcp.archive import Record

    Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    monkeypatch.setenv("RB_MCP_BANK", str(tmp_path / "bank.db"))
    monkeypatch.setenv("RB_MCP_EMBEDDER", "hashing")

    def run(*words: str) -> tuple[int, str, str]:
        """Run `rb-mcp stats` and return its exit status and what it printed."""
        monkeypatch.setattr(sys, "argv", ["rb-mcp", "stats", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capsys.readouterr()
        return int(str(ended.value.code)), out, err

    return run


def chance() -> random.Random:
    return random.Random(3)  # noqa: S311 - the same every time


@pytest.fixture
def fill(tmp_path: Path) -> Callable[..., None]:
    def fill(*exported: Record) -> None:
        async def load() -> None:
            store = SqliteStore(tmp_path / "bank.db")
            await store.load(exported)
            await store.close()

        anyio.run(load)

    return fill


@pytest.fixture
def helped(fill: Callable[..., None]) -> None:
    """A bank in which memory helps beyond doubt, over several weeks."""
    fill(*records(chance(), tasks=200, share=0.5, with_memory=0.85, without=0.4))


def test_an_empty_bank_has_nothing_to_tell(run: Run) -> None:
    assert run() == (0, "Nothing is recorded yet.\n", "")


def test_without_a_holdout_it_says_how_to_begin(run: Run, fill: Callable[..., None]) -> None:
    fill(*records(chance(), tasks=20, share=0.0, with_memory=0.5, without=0.5))
    code, out, _ = run()
    assert code == 0
    assert "RB_MCP_HOLDOUT=0.1" in out
    assert "Lift over time" not in out
    assert "recalls answered" in out.split("went well")[1], "the rest is drawn all the same"


@pytest.mark.usefixtures("helped")
def test_it_says_that_memory_helps_by_how_much_and_how_sure_it_is(run: Run) -> None:
    code, out, err = run()
    assert (code, err) == (0, "")
    [said] = re.findall(
        r"Memory helps: \+(\d+) points of success \(95 % interval \+(\d+) to \+(\d+)\), over 200 tasks", out
    )
    difference, low, high = map(int, said)
    assert low <= 45 <= high
    assert low < difference < high
    assert re.search(r"Tasks take \d\.\d steps fewer with memory", out)
    assert re.search(r"^default +all +\d+/\d+ \(\d+%\) +\d+/\d+ \(\d+%\) +\+\d+ \(\+\d+ to \+\d+\)", out, re.MULTILINE)
    assert re.search(r"^default +evidence +\d+/\d+ ", out, re.MULTILINE)
    assert re.search(
        r"Verdicts are noisy: \d+ of 200 rest on evidence, \d+ on a model's judgement, \d+ on the agent", out
    )


def test_few_tasks_are_called_few_and_it_says_how_many_more_it_takes(
    run: Run, fill: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(*records(chance(), tasks=6, share=0.5, with_memory=0.5, without=0.5))
    monkeypatch.setenv("RB_MCP_HOLDOUT", "0.5")
    assert re.search(r"^Not enough data yet, about \d+ more tasks\.$", run()[1], re.MULTILINE)


def test_each_namespace_is_told_by_itself_and_together(run: Run, fill: Callable[..., None]) -> None:
    rnd = chance()
    web = records(rnd, tasks=120, share=0.5, with_memory=0.9, without=0.3, namespace="web")
    code = records(rnd, tasks=120, share=0.5, with_memory=0.3, without=0.9, namespace="code")
    fill(*web, *code)
    out = run()[1]
    assert "web: Memory helps: " in out
    assert "code: Memory harms: " in out
    assert "(all): " in out
    assert "harms" not in run("-n", "web")[1]


@pytest.mark.usefixtures("helped")
def test_a_program_gets_the_counts_as_before_and_the_lift(run: Run) -> None:
    code, out, _ = run("--json")
    assert code == 0
    [(name, found)] = json.loads(out).items()
    assert name == "default"
    assert {"experiences", "outcomes", "strategies", "recalls", "answered", "credited", "helped", "namespaces"} < set(
        found
    )
    lift = found["lift"]
    assert lift["with_memory"]["tasks"] + lift["without"]["tasks"] == 200
    assert lift["success"]["low"] < lift["success"]["difference"] < lift["success"]["high"]
    assert lift["steps"]["high"] < 0
    assert lift["more_tasks"] == 0
    assert lift["evidence_only"]["with_memory"]["tasks"] < lift["with_memory"]["tasks"]
    assert lift["in_words"].startswith("Memory helps")


@pytest.mark.usefixtures("helped")
def test_the_charts_show_what_the_figures_say(run: Run) -> None:
    lines = run()[1].splitlines()
    start = lines.index("Lift over time, points of success, all tasks up to the day")
    lift = [line for line in lines[start + 2 :] if re.match(r"\d{4}-\d\d-\d\d, [\d,]+ tasks  ", line)]
    zero = lines[start + 1].index("  0") + 2
    assert lift[-1].startswith(f"{START.year}-")
    assert "200 tasks" in lift[-1]
    assert zero < lift[-1].index("├") < lift[-1].index("●") < lift[-1].index("┤")
    [grown] = [line for line in lines if line.startswith("experiences in all")]
    columns = grown.split(maxsplit=4)[-1]
    assert columns == "".join(sorted(columns, key=charts.BLOCKS.columns.index)), "what is summed up never falls"
    assert columns.endswith("█")
    assert all(len(line) <= charts.WIDTH for line in lines[start:])


def test_charts_fit_whatever_the_output_can_show() -> None:
    assert charts.signs("utf-8") is charts.BLOCKS
    for encoding in ("ascii", "latin-1", None, "no-such"):
        drawn = charts.signs(encoding)
        text = charts.columns([0, 1, 50, 100], 100, drawn)
        text += "".join(charts.intervals([("now", Interval(0.1, -0.1, 0.3))], 40, drawn))
        assert text.isascii()
        assert text.startswith(" .=@")


def test_what_is_more_than_nothing_shows_and_nothing_does_not() -> None:
    assert charts.columns([0, 1, 1_000], 1_000, charts.BLOCKS) == " ▁█"
    assert charts.columns([0, 0], 0, charts.BLOCKS) == "  "


@pytest.mark.parametrize(("total", "length"), [(1, 1), (40, 1), (41, 2), (1_000, 25)])
def test_a_long_time_is_cut_into_stretches_that_fit_and_nothing_is_lost(total: int, length: int) -> None:
    first = date(2026, 1, 1)
    days = [Day(first + timedelta(days=n), merges=n) for n in range(total) if n % 3 == 0 or n == total - 1]
    each, found = charts.stretches(days, 40)
    assert each == length
    assert len(found) <= 40
    assert [part.day for part in found] == [first + timedelta(days=length * n) for n in range(len(found))]
    assert sum(part.merges for part in found) == sum(day.merges for day in days)
    assert found[-1].merges == sum(day.merges for day in days if day.day >= found[-1].day)


def test_an_interval_is_drawn_where_it_lies() -> None:
    rows = [("a", Interval(0.25, 0.0, 0.5)), ("long", Interval(-0.5, -0.5, 0.5)), ("none", Interval(0.0, 0.0, 0.0))]
    assert charts.intervals(rows, 27, charts.PLAIN) == [
        "      -50       0       +50",
        "a               [----o----]",
        "long  o---------|---------]",
        "none            o",
    ]


@pytest.mark.usefixtures("helped")
def test_a_picture_is_drawn_with_something_in_every_panel(run: Run, tmp_path: Path) -> None:
    image = pytest.importorskip("matplotlib.image")
    code, out, _ = run("--plot", str(tmp_path / "lift.png"))
    assert code == 0
    assert f"Drawn into {tmp_path / 'lift.png'}." in out
    pixels = image.imread(tmp_path / "lift.png")
    height, width, _ = pixels.shape
    assert width >= 1_000
    for panel in range(4):
        part = pixels[panel * height // 4 : (panel + 1) * height // 4, :, :3]
        assert (part.max(axis=2) - part.min(axis=2) > 0.3).mean() > 0.002, "lines and bars are in colour"


@pytest.mark.usefixtures("helped")
def test_a_picture_needs_matplotlib_and_says_so(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    code, out, err = run("--plot", str(tmp_path / "lift.png"))
    assert (code, out) == (2, "")
    assert err == "rb-mcp: a picture needs matplotlib: install it with pip install 'rb-mcp[plot]'\n"
    assert run()[0] == 0, "nothing else does"


def test_a_picture_of_an_empty_bank_or_to_nowhere_is_refused(
    run: Run, tmp_path: Path, fill: Callable[..., None]
) -> None:
    pytest.importorskip("matplotlib")
    code, _, err = run("--plot", str(tmp_path / "lift.png"))
    assert code == 2
    assert "nothing is recorded yet" in err
    fill(*records(chance(), tasks=3, share=0.0, with_memory=0.5, without=0.5))
    code, _, err = run("--plot", str(tmp_path / "no" / "such" / "lift.png"))
    assert code == 1
    assert "cannot be written" in err
    assert run("--plot", str(tmp_path / "lift.png"))[0] == 0, "what there is, is drawn"
