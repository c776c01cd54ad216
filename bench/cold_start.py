"""How long a client waits for the server: CPU time from start to exit, against the smallest server of the SDK.

One session is: start, initialize, tools/list, end of input, exit, over stdin and stdout. The other server has
one tool that does nothing; what we cost is the ratio of the two, measured in turns so that a busy machine
burdens both. CPU time (user and system, of the process and its threads) is what is compared.

Not covered: the first call of a tool, which opens the bank and loads the embedder (`recall.py`), HTTP, and
Windows, which does not tell the CPU time of one child.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from typing import IO, TYPE_CHECKING

from figures import spread, within

if TYPE_CHECKING:
    from collections.abc import Sequence

TARGET = 1.3

SMALLEST = """
from mcp.server.mcpserver import MCPServer
server = MCPServer("smallest")

@server.tool()
def echo(text: str) -> str:
    return text

server.run()
"""

_OPENING = (
    {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "initialize",
        "params": {
            "protocolVersion": "2025-06-18",
            "capabilities": {},
            "clientInfo": {"name": "bench", "version": "0"},
        },
    },
    {"jsonrpc": "2.0", "method": "notifications/initialized"},
    {"jsonrpc": "2.0", "id": 2, "method": "tools/list"},
)

_IMPORTED = re.compile(r"import time: +(\d+) \| +\d+ \| +(\S+)")


class Servers:
    """The two servers, each as the arguments of an interpreter, in a folder of their own."""

    def __init__(self, folder: Path) -> None:
        smallest = folder / "smallest.py"
        smallest.write_text(SMALLEST, encoding="utf-8")
        self.ours: Sequence[str] = ("-m", "rb_mcp")
        self.smallest: Sequence[str] = (str(smallest),)
        ours = {name: value for name, value in os.environ.items() if not name.startswith("RB_MCP_")}
        self._environ = {**ours, "RB_MCP_BANK": str(folder / "bank.db")}

    def session(self, arguments: Sequence[str], errors: IO[bytes] | None = None) -> float:
        """Run one session and return its CPU seconds.

        Raises:
            RuntimeError: when the server does not answer, or does not end well.
        """
        server = subprocess.Popen(
            [sys.executable, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors or subprocess.DEVNULL,
            env=self._environ,
        )
        if server.stdin is None or server.stdout is None:
            raise RuntimeError("no pipes")
        for message in _OPENING:
            server.stdin.write(json.dumps(message).encode() + b"\n")
            server.stdin.flush()
            if "id" in message and "result" not in json.loads(server.stdout.readline() or b"{}"):
                raise RuntimeError(f"{arguments} did not answer {message['method']}")
        server.stdin.close()
        _, status, usage = os.wait4(server.pid, 0)
        server.returncode = os.waitstatus_to_exitcode(status)
        server.stdout.close()
        if server.returncode:
            raise RuntimeError(f"{arguments} ended with {server.returncode}")
        return usage.ru_utime + usage.ru_stime

    def imports(self, arguments: Sequence[str], times: int = 3) -> dict[str, int]:
        """Return the microseconds that each module takes to import by itself, the least of some sessions."""
        least: dict[str, int] = {}
        for _ in range(times):
            with TemporaryFile() as errors:
                self.session(("-X", "importtime", *arguments), errors)
                errors.seek(0)
                for took, module in _IMPORTED.findall(errors.read().decode()):
                    least[module] = min(int(took), least.get(module, int(took)))
        return least


def extra_imports(servers: Servers) -> None:
    """Print what we import and the smallest server does not: the five slowest modules, and packages in sum."""
    theirs = servers.imports(servers.smallest)
    extra = {module: took for module, took in servers.imports(servers.ours).items() if module not in theirs}
    packages = Counter[str]()
    for module, took in extra.items():
        packages[module.partition(".")[0]] += took
    print(f"modules imported beyond the smallest server's: {len(extra)}, {sum(extra.values()) / 1e3:.1f} ms in all")
    for what, found in (("module", Counter(extra)), ("package", packages)):
        for name, took in found.most_common(5):
            print(f"  {what:8}{name:40}{took / 1e3:6.1f} ms")


def main() -> int:
    """Measure, print, and return 1 when the target was missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-n", "--rounds", type=int, default=15, help="sessions of each server (default: 15)")
    rounds = parser.parse_args().rounds
    ours: list[float] = []
    smallest: list[float] = []
    with TemporaryDirectory() as folder:
        servers = Servers(Path(folder))
        for number in range(rounds + 1):  # the first fills the caches of bytecode and files
            for arguments, taken in ((servers.ours, ours), (servers.smallest, smallest)):
                seconds = servers.session(arguments)
                if number:
                    taken.append(seconds)
        print(f"CPU of a session, {rounds} of each in turns: median (min-max)")
        print(f"  rb-mcp            {spread(ours, 'ms', 1e3)}")
        print(f"  smallest server   {spread(smallest, 'ms', 1e3)}")
        print(f"  ratio by pairs    {spread([one / other for one, other in zip(ours, smallest, strict=True)])}")
        reached = within("ratio of medians", statistics.median(ours) / statistics.median(smallest), TARGET)
        extra_imports(servers)
    return 0 if reached else 1


if __name__ == "__main__":
    sys.exit(main())
