"""Real servers on one bank, killed with SIGKILL while they work: is every acknowledged record there, once?

Each of some clients has a server of its own, over MCP on stdin and stdout. Servers are killed at random moments:
some right after an answer, some in the middle of a call, a quarter of the blows all of them at once. A call that
was not answered is sent again, the same, to a new server. Meanwhile `rb-mcp distil`, which is killed as well, lets
a model that fails now and then judge and distil what waits. Every so many kills, and at the end, `checker.py` compares
the file with what callers were told.

Not covered: loss of power, which a killed process cannot show (SQLite's `synchronous` may be off and this stays
green), full disks, several machines.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from typing import TYPE_CHECKING

from checker import kind, violations
from endpoint import serving_model
from faults import FAULTS
from stdio import LONGEST, Gone, Refused, Server
from synthetic import bare
from workload import Answer, Call, Ledger, session

from rb_mcp.stores.checks import file_system
from rb_mcp.stores.rows import stamp

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

SERVER = (sys.executable, "-m", "rb_mcp")


@dataclass
class Result:
    """What came of a run."""

    acknowledged: int = 0
    kills: int = 0
    blows: int = 0
    """Moments at which servers were killed."""
    joint: int = 0
    """Of those, the ones that hit every server."""
    distillers: int = 0
    """Runs of `rb-mcp distil` that were killed beside them."""
    retries: int = 0
    found: int = 0
    """Retries of a call that had been committed already, and was found."""
    violations: list[str] = field(default_factory=list[str])

    def table(self) -> str:
        """Return it in lines for people."""
        kinds = Counter(kind(violation) for violation in self.violations)
        lines = {
            "acknowledged experiences": self.acknowledged,
            "servers killed": self.kills,
            "blows, of them all servers at once": f"{self.blows}, {self.joint}",
            "runs of rb-mcp distil killed": self.distillers,
            "unanswered calls sent again": self.retries,
            "... that found the first commit": self.found,
            **{f"violations: {one}": kinds[one] for one in ("lost", "doubled", "orphan", "other")},
        }
        return "\n".join(f"  {what:36}{value:>10}" for what, value in lines.items())


class Harness:
    """Clients, servers and whoever kills them."""

    def __init__(self, bank: Path, command: Sequence[str], servers: int, model: str, seed: int) -> None:
        self.bank = bank
        self.result = Result()
        self._command = command
        environ = {name: value for name, value in os.environ.items() if not name.startswith("RB_MCP_")}
        self._environ = environ | {"RB_MCP_BANK": str(bank), "RB_MCP_EMBEDDER": "hashing", "RB_MCP_MODEL": "agent"}
        self._with_model = self._environ | {
            "RB_MCP_MODEL": "openai:any",
            "RB_MCP_BUDGET": "1000000",
            "OPENAI_BASE_URL": model,
        }
        self._complaints = bank.with_name("complaints.txt")
        self._rng = random.Random(seed)  # noqa: S311 - nothing secret
        self._ledger = Ledger()
        self._resent: dict[str, str] = {}
        """Id → when the call that acknowledged it was first sent again."""
        self._news = threading.Condition()  # of a lock that a thread may take twice
        self._number = 0
        self._over = False
        self._last = 0
        self._takes = 0.02
        """Seconds that a call takes here, about."""
        self._distilling: subprocess.Popen[bytes] | None = None
        self._ahead = [self._start() for _ in range(servers)]
        self._at_work = [self._start() for _ in range(servers)]

    def run(self, kills: int, records: int, every: int, progress: Callable[[str], None]) -> Result:
        """Kill that many servers over the time in which that many experiences are acknowledged."""
        with ThreadPoolExecutor(len(self._at_work) + 1) as pool:
            clients = [pool.submit(self._client, slot) for slot in range(len(self._at_work))]
            distiller = pool.submit(self._distil)
            try:
                check = every
                while self.result.kills < kills and self._reached(self.result.kills * records / kills):
                    self._strike(kills - self.result.kills)
                    if self.result.kills >= check:
                        check += every
                        self._check()
                        progress(f"{len(self._ledger.lessons)} acknowledged, {self.result.kills} servers killed")
                self._reached(records)
            finally:
                self._over = True
                # A call may wait for a model, whose work a killed server had taken up: long, and to no purpose now.
                wait(clients, 5)
                late = [slot for slot, client in enumerate(clients) if not client.done()]
                for slot in late:
                    self._at_work[slot].kill()
            for client in (*clients, distiller):
                client.result()
        self._end([server for slot, server in enumerate(self._at_work) if slot not in late])
        return self.result

    def _client(self, slot: int) -> None:
        """Work as one agent after the other, with one server after the other."""
        while not self._over:
            with self._news:
                self._number += 1
                calls = session(self._number)
            call = next(calls)
            with suppress(StopIteration):
                while answer := self._answered(slot, call):
                    call = calls.send(answer)

    def _answered(self, slot: int, call: Call) -> Answer | None:
        """Call until there is an answer, and note what it acknowledges; None when all is over."""
        resent = ""
        while True:
            before = time.monotonic()
            try:
                answer = self._at_work[slot].call(call)
            except Refused as error:
                self._find(f"refused: {error}")
                self._over = True
                return None
            except Gone:
                self._at_work[slot].end()
                if self._over:
                    return None
                with self._news:
                    self._ahead.append(self._start())
                    self._at_work[slot] = self._ahead.pop(0)
                    self.result.retries += 1
                resent = resent or stamp(datetime.now(UTC))
                continue
            with self._news:
                id_ = self._ledger.note(call, answer)
                if id_ and resent and "experience_id" not in call.arguments:
                    self._resent[id_] = resent
                self._last = slot
                self._takes += 0.1 * (min(time.monotonic() - before, 0.5) - self._takes)
                self._news.notify_all()
            return answer

    def _reached(self, acknowledged: float) -> bool:
        """Wait until so many experiences are acknowledged; false when something was found meanwhile."""
        with self._news:
            before = -1
            while before < len(self._ledger.lessons) < acknowledged and not self.result.violations:
                before = len(self._ledger.lessons)
                self._news.wait_for(
                    lambda: len(self._ledger.lessons) > before or self.result.violations,  # noqa: B023 - waited for here
                    LONGEST,
                )
            if before == len(self._ledger.lessons) and before < acknowledged and not self.result.violations:
                self._find(f"stuck: nothing was acknowledged for {LONGEST:.0f} s")
        return not self.result.violations

    def _strike(self, most: int) -> None:
        """Kill the server that answered last, or all: at once after its answer, or anywhere in its next call."""
        every = self._rng.random() < 0.25
        slots = range(len(self._at_work)) if every else [self._last]
        if self._rng.random() < 0.75:
            time.sleep(self._rng.uniform(0, 1.2 * self._takes))
        self.result.blows += 1
        self.result.joint += every
        for slot in slots[:most]:
            self.result.kills += self._at_work[slot].kill()
        if (every or self._rng.random() < 0.1) and self._distilling and self._distilling.poll() is None:
            self._distilling.kill()
            self.result.distillers += 1

    def _check(self) -> None:
        with self._news:
            told = self._ledger.copy()
        self._find(*violations(self.bank, told.lessons, tasks=told.tasks, lessons=told.lessons))

    def _find(self, *findings: str) -> None:
        with self._news:
            self.result.violations.extend(findings)
            self._news.notify_all()

    def _end(self, at_work: Sequence[Server]) -> None:
        """Let every server end by itself, and look at what is left."""
        for server in (*at_work, *self._ahead):
            if status := server.end():
                self._find(f"ended: a server left with {status}")
        self._check()
        self.result.acknowledged = len(self._ledger.lessons)
        db = bare(self.bank)
        created = dict(db.rows("SELECT id, created_at FROM experiences"))
        db.close()
        self.result.found = sum(created.get(id_, resent) < resent for id_, resent in self._resent.items())
        if said := self._complaints.read_text(encoding="utf-8", errors="replace"):
            self._find(f"said: on stderr: {said[:500]}")

    def _start(self) -> Server:
        with self._complaints.open("ab") as complaints:
            return Server(self._command, self._environ, complaints)

    def _distil(self) -> None:
        """Let a model work off what waits, again and again."""
        while not self._over:
            self._distilling = subprocess.Popen(
                [*self._command, "distil"],
                env=self._with_model,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            status = self._distilling.wait()
            if status not in {0, 1, -signal.SIGKILL}:  # 1: the model was away, something is left
                self._find(f"ended: rb-mcp distil left with {status}")
            time.sleep(0.5)


def trial(
    bank: Path,
    *,
    kills: int,
    records: int,
    servers: int = 4,
    command: Sequence[str] = SERVER,
    every: int = 100,
    seed: int = 0,
    progress: Callable[[str], None] = lambda _: None,
) -> Result:
    """Run servers on a new bank, kill that many of them, and return what came of it."""
    with serving_model() as model:
        return Harness(bank, command, servers, model, seed).run(kills, records, every, progress)


def main() -> int:
    """Kill servers, print a table, and return 1 when anything was found; the bank is kept then."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=1_000)
    parser.add_argument("--records", type=int, default=10_000, help="experiences to be acknowledged meanwhile")
    parser.add_argument("--servers", type=int, default=4, help="at work at a time")
    parser.add_argument("--fault", choices=FAULTS, help="plant a fault, which is to be found")
    parser.add_argument("--seed", type=int, default=0, help="of the blows; the moments still vary")
    parser.add_argument("--folder", type=Path, default=Path(), help="where the bank is made: on a disk, not in memory")
    given = parser.parse_args()
    command = (sys.executable, str(Path(__file__).with_name("faults.py")), given.fault) if given.fault else SERVER
    folder = Path(mkdtemp(prefix="kills-", dir=given.folder))
    before = time.monotonic()
    result = trial(
        folder / "bank.db",
        kills=given.kills,
        records=given.records,
        servers=given.servers,
        command=command,
        seed=given.seed,
        progress=lambda line: print(f"{time.monotonic() - before:6.0f} s  {line}", file=sys.stderr),
    )
    print(f"{given.servers} servers on one bank ({file_system(folder)}), {time.monotonic() - before:.0f} s")
    print(result.table())
    for violation in result.violations[:20]:
        print(f"  {violation}")
    if result.violations:
        print(f"the bank is kept: {folder}")
        return 1
    rmtree(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
