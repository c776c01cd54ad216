"""Everything a newcomer runs, with its own set-up: `python3 dev.py demo`, `python3 dev.py test`.

    demo      install into .venv, then show the loop
    test      install what the tests need, then run them
    check     lint, types, import floors
    package   build the wheel, install it bare elsewhere, run its demo with the network out of reach
    bundle    make the plugin and the .mcpb anew, and have their vendors' own programs check them, where those are
    coverage  run the tests under coverage of branches, and name the modules that are covered least
    mutate    break the code in small places, one by one, and count how many of them some test notices
    evals     play text games with and without the memory, and write a report (needs Java 17; a quarter of an hour)
    interop   the official conformance suite and the Inspector's command line (fetches Node where it is old)
    clients   the loop in the real Claude Code, Codex and Gemini CLI, with scripted models (fetches 870 MB by npm)

Needs only Python 3.11 or newer, and the package index on the first run.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

HERE = Path(__file__).parent
VENV = HERE / ".venv"
LARGEST = 250
"""Megabytes that the installed package may take, with all it depends on."""


def main() -> int:
    """Run the command named on the command line."""
    if sys.version_info < (3, 11):  # noqa: UP036 - whoever runs this may have an older one
        sys.exit("rb-mcp needs Python 3.11 or newer; this is " + sys.version.split()[0])
    name, *more = sys.argv[1:] or ["help"]
    commands = {
        "demo": demo, "test": test, "check": check, "package": package, "coverage": coverage, "mutate": mutate,
        "evals": evals, "interop": interop, "bundle": bundle, "clients": clients,
    }  # fmt: skip
    if name not in commands:
        print(__doc__)
        return 0 if name in {"help", "-h", "--help"} else 2
    os.chdir(HERE)
    return commands[name](more)


def demo(more: list[str]) -> int:
    """Show the loop."""
    install("")
    return run(python(VENV), "-m", "rb_mcp", "demo", *more)


def test(more: list[str]) -> int:
    """Run the tests, on every core."""
    install("[dev]")
    return run(python(VENV), "-m", "pytest", "-n", "auto", "--dist", "worksteal", *more)


def check(_: list[str]) -> int:
    """Lint, types, import floors."""
    install("[dev]")
    tool = python(VENV).parent
    return (
        run(tool / "ruff", "check", ".")
        or run(tool / "ruff", "format", "--check", ".")
        or run(tool / "lint-imports")
        or run(tool / "pyright")
    )


def coverage(more: list[str]) -> int:
    """Run the tests, or those named, under coverage; programs that they start are not measured."""
    install("[dev]")
    tested = run(python(VENV), "-m", "coverage", "run", "-m", "pytest", "-q", *more)
    return run(python(VENV), "-m", "coverage", "report") or tested


def mutate(more: list[str]) -> int:
    """Break the code in one small place after another; `mutate --help` lists parts and options."""
    install("[dev]")
    return run(python(VENV), "bench/mutants.py", *more)


def evals(more: list[str]) -> int:
    """Measure whether the loop helps a fixed agent; `evals --help` lists options."""
    install("[evals]")
    return run(python(VENV), "evals/run.py", *more)


def interop(more: list[str]) -> int:
    """Hold the server against the official conformance suite and the Inspector."""
    install("[dev]")
    return run(python(VENV), "tests/interop/run.py", *more)


def clients(more: list[str]) -> int:
    """Run the loop in the command lines of three clients, against stand-ins for their models."""
    install("[dev]")
    return run(python(VENV), "tests/clients/run.py", *more)


def package(_: list[str]) -> int:
    """Build the wheel and try it as a user would: bare environment, no network, no sources beside it."""
    install("[dev]")
    with tempfile.TemporaryDirectory() as folder:
        bare = Path(folder) / "venv"
        if run(python(VENV), "-m", "pip", "wheel", "-q", "--no-deps", "-w", folder, "."):
            return 1
        [wheel] = Path(folder).glob("*.whl")
        venv.create(bare, with_pip=True)
        if run(python(bare), "-m", "pip", "install", "-q", wheel):
            return 1
        size = sum(f.stat().st_size for f in bare.rglob("*") if f.is_file() and "pip" not in f.relative_to(bare).parts)
        size -= sum(f.stat().st_size for f in bare.rglob("pip-*/**/*") if f.is_file())
        print(f"installed, without pip: {size / 1e6:.0f} MB", flush=True)
        if size > LARGEST * 1e6 or list(bare.rglob("torch")):
            print(f"that is more than {LARGEST} MB, or there is torch in it")
            return 1
        command = [str(python(bare)), "-m", "rb_mcp"]
        if shutil.which("unshare") and not run("unshare", "-n", "true"):
            command = ["unshare", "-n", *command]
            print("the network is out of reach from here on", flush=True)
        elsewhere = Path(folder) / "elsewhere"
        elsewhere.mkdir()
        return subprocess.run([*command, "demo"], cwd=elsewhere, check=False).returncode


def bundle(_: list[str]) -> int:
    """Make what installs the server without a command line, and check it by what its vendors offer for that."""
    install("")
    failed = run(python(VENV), "-m", "rb_mcp.connect.bundles")
    if shutil.which("npx"):
        mcpb = ("npx", "--yes", "@anthropic-ai/mcpb@2.1.2")
        (HERE / "dist").mkdir(exist_ok=True)
        failed = failed or run(*mcpb, "validate", "mcpb/manifest.json")
        failed = failed or run(*mcpb, "pack", "mcpb", "dist/rb-mcp.mcpb")
    else:
        print("npx is not here: the .mcpb was neither checked nor packed")
    if shutil.which("claude"):
        for folder in ("plugin", "."):
            failed = failed or run("claude", "plugin", "validate", "--strict", folder)
    else:
        print("claude is not here: the plugin was not checked by it")
    return failed


def install(extra: str) -> None:
    """Make .venv and install into it, when what is there is not what pyproject.toml says now."""
    stamp = VENV / f"installed{extra}"
    wanted = hashlib.sha256((HERE / "pyproject.toml").read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text() == wanted:
        return
    if not python(VENV).exists():
        print("making .venv", flush=True)
        venv.create(VENV, with_pip=True)
    print(f"installing rb-mcp{extra} into .venv", flush=True)
    if run(python(VENV), "-m", "pip", "install", "-q", "--disable-pip-version-check", "-e", f".{extra}"):
        sys.exit(1)
    stamp.write_text(wanted)


def python(environment: Path) -> Path:
    """Return an environment's interpreter."""
    return environment / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def run(*command: str | Path) -> int:
    """Run a command and return its exit status."""
    return subprocess.run([str(part) for part in command], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
