"""What fails on the server's side is told by an id; its values and its trace stay in a log without secrets."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from corpora.messages import ENVELOPE
from mcp import MCPError
from mcp.types import PromptReference
from samples import LESSON, STEPS, TASK

from rb_mcp.server.log import LONGEST_RECORD

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    from conftest import Caller

    from rb_mcp.config import Settings

    Connect = Callable[[Settings], AbstractAsyncContextManager[Caller]]

Message = dict[str, Any]
SECRET = "ghp_" + "16C7e42F292c6912E7710c838347Ae178B4a"  # put together: no scanner has to look at this file
ID = re.compile(r"err_[0-9a-f]{8}")

FAILING = """
import sys
from pydantic import BaseModel
from rb_mcp import providers
from rb_mcp.cli import main


PRIVATE = "private " + "words"


class Config(BaseModel):
    port: int


class Failing:
    name, dimensions, background = "failing", 4, (0.0, 0.1)

    def __init__(self, how, environ):
        self.how = how

    async def embed(self, texts, *, purpose="document"):
        raise self.error()

    async def complete(self, prompt):
        raise self.error()

    def error(self):
        secret = "ghp_" + "16C7e42F292c6912E7710c838347Ae178B4a"
        if self.how == "pydantic":
            Config.model_validate({"port": f"{PRIVATE} {secret}"})
        if self.how == "chain":
            try:
                Config.model_validate({"port": f"{PRIVATE} {secret}"})
            except ValueError as error:
                raise RuntimeError(str(error)) from error
        if self.how == "long":
            return RuntimeError(f"at {secret} " * 100_000)
        return RuntimeError(f"no answer with token={secret}\\nERROR forged: \\x1b[31mline")


providers.EMBEDDERS["failing"] = "failing:Failing"
providers.MODELS["failing"] = "failing:Failing"
if __name__ == "__main__":
    main()
"""


@contextmanager
def _running(folder: Path, **settings: str) -> Generator[subprocess.Popen[bytes]]:
    """Run a real server, with a provider in it that fails as it is told to."""
    (folder / "failing.py").write_text(FAILING)
    environ = {**os.environ, "PYTHONPATH": str(folder), "RB_MCP_BANK": str(folder / "bank.db"), **settings}
    pipe = subprocess.PIPE
    command = [sys.executable, str(folder / "failing.py")]
    with subprocess.Popen(command, env=environ, stdin=pipe, stdout=pipe, stderr=pipe) as server:
        yield server
        assert server.wait(15) == 0


def _send(server: subprocess.Popen[bytes], number: int, message: Message) -> None:
    assert server.stdin
    params = {"_meta": ENVELOPE, **message["params"]}
    sent = {"jsonrpc": "2.0", "id": number, "method": message["method"], "params": params}
    server.stdin.write(json.dumps(sent).encode() + b"\n")
    server.stdin.flush()


def _receive(server: subprocess.Popen[bytes]) -> Message:
    assert server.stdout
    return json.loads(server.stdout.readline())


def _end(server: subprocess.Popen[bytes]) -> str:
    """Close its input, and return its log; nothing is to come any more."""
    assert server.stdin
    assert server.stdout
    assert server.stderr
    server.stdin.close()
    assert server.stdout.read() == b""
    return server.stderr.read().decode()


def _exchange(folder: Path, *messages: Message, **settings: str) -> tuple[dict[int, Message], str]:
    """Return the answers of a real server by their ids, and its log."""
    answers: dict[int, Message] = {}
    with _running(folder, **settings) as server:
        for number, message in enumerate(messages, start=1):
            _send(server, number, message)
            answer = _receive(server)
            answers[answer["id"]] = answer
        return answers, _end(server)


def _call(tool: str, **arguments: Any) -> Message:
    return {"method": "tools/call", "params": {"name": tool, "arguments": arguments}}


RECALL = _call("recall_strategies", task=TASK)
PROMPT: Message = {"method": "prompts/get", "params": {"name": "solve_with_memory", "arguments": {"task": TASK}}}
WELL: Message = {"method": "tools/list", "params": {}}


def _sentence(answer: Message) -> str:
    if "error" in answer:
        return answer["error"]["message"]
    assert answer["result"]["isError"]
    return answer["result"]["content"][0]["text"]


RECORD = _call("record_trajectory", task=TASK, trajectory=STEPS, outcome="success", strategies=[LESSON])


@pytest.mark.parametrize("how", ["plain", "pydantic", "chain", "long"])
def test_an_exception_with_a_secret_reaches_neither_the_client_nor_the_log(tmp_path: Path, how: str) -> None:
    answers, log = _exchange(tmp_path, RECORD, RECALL, PROMPT, WELL, RB_MCP_EMBEDDER=f"failing:{how}")
    said = json.dumps(answers)
    for secret in (SECRET, SECRET[4:], SECRET[8:30], "private words"):
        assert secret not in said
        assert secret not in log
    told = [_sentence(answers[number]) for number in (1, 2, 3)]
    for sentence in told:
        [id_] = ID.findall(sentence)
        assert sentence.startswith(f"internal error {id_}: nothing was lost")
        assert log.count(id_) == 1
    assert answers[3]["error"]["code"] == -32603
    assert len(answers[4]["result"]["tools"]) == 3
    assert "failing.py:" in log, "the log says where"
    assert ("ValidationError" if how in {"pydantic", "chain"} else "RuntimeError") in log
    assert len(log) < 3 * LONGEST_RECORD
    assert "\x1b" not in log
    assert "\nERROR forged" not in log


def test_a_bank_replaced_by_garbage_is_told_by_an_id_and_the_server_goes_on(tmp_path: Path) -> None:
    answers, log = _exchange(tmp_path, RECORD, RB_MCP_EMBEDDER="hashing")
    assert answers[1]["result"]["structuredContent"]["status"] == "distilled"
    assert log == ""
    for file in tmp_path.glob("bank.db*"):
        file.write_bytes(f"token={SECRET}\n".encode() * 4_000)
    reading: Message = {"method": "resources/read", "params": {"uri": "rb://bank"}}
    completing: Message = {
        "method": "completion/complete",
        "params": {
            "ref": {"type": "ref/prompt", "name": "judge"},
            "argument": {"name": "experience_id", "value": "e"},
        },
    }
    answers, log = _exchange(tmp_path, RECORD, RECALL, PROMPT, reading, completing, WELL, RB_MCP_EMBEDDER="hashing")
    for number in range(1, 6):
        sentence = _sentence(answers[number])
        assert ID.search(sentence), sentence
        [id_] = ID.findall(sentence)
        assert not sentence.startswith("internal error"), sentence
        assert log.count(id_) == 1
        assert len(sentence) < 400
    assert len(answers[6]["result"]["tools"]) == 3
    assert SECRET not in json.dumps(answers) + log
    assert "StoreError" in log


def test_a_model_that_breaks_in_the_background_ends_neither_the_server_nor_the_queue(tmp_path: Path) -> None:
    record = _call("record_trajectory", task=TASK, trajectory=STEPS, outcome="success", evidence="41 passed")
    with _running(tmp_path, RB_MCP_EMBEDDER="hashing", RB_MCP_MODEL="failing:plain") as server:
        assert server.stderr
        _send(server, 1, record)
        log = server.stderr.readline().decode()  # the model has failed, and the call still waits for it
        _send(server, 2, WELL)
        answer = _receive(server)
        assert answer["id"] == 2
        assert len(answer["result"]["tools"]) == 3
        log += _end_answered(server, 1)
    assert ID.search(log)
    assert "in the background" in log
    assert SECRET not in log


def _end_answered(server: subprocess.Popen[bytes], id_: int) -> str:
    """Close its input while a request is under way, and return its log."""
    assert server.stdin
    assert server.stderr
    server.stdin.close()
    assert _receive(server)["id"] == id_
    return server.stderr.read().decode()


@pytest.mark.anyio
async def test_what_the_caller_can_mend_has_no_id_and_leaves_the_log_empty(
    connect: Connect, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    async with connect(settings) as call:
        told = [
            await call.refused("recall_strategies", task=""),
            await call.refused("recall_strategies", task=TASK, k=-1),
            await call.refused("record_trajectory", task=TASK, trajectory=STEPS, recall_id="rec_0000000000000000"),
            await call.refused("record_trajectory", task=TASK, experience_id="exp_0000000000000000"),
            await call.refused("erase_everything"),
        ]
        for uri in ("rb://default/experiences/exp_0", "rb://a b/experiences/exp_0", "rb://default/strategies/page/x"):
            with pytest.raises(MCPError) as raised:
                await call.read(uri)
            told.append(str(raised.value))
        for arguments in ({"task": ""}, {"task": "t", "namespace": "/"}, {"nobody": "x"}):
            with pytest.raises(MCPError) as raised:
                await call.client.get_prompt("solve_with_memory", arguments)
            assert raised.value.error.code == -32602
            told.append(str(raised.value))
        completed = await call.client.complete(PromptReference(name="judge"), {"name": "outcome", "value": "s"})
        assert completed.completion.values == []
    assert not [sentence for sentence in told if ID.search(sentence) or "internal" in sentence]
    assert not caplog.records
