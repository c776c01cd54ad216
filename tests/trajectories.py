"""A small trajectory in each format: what it holds, and what has to be found in it.

All tell of the same work where the format lets them: an order is cancelled, or a parser is mended. Written by hand in
the shapes that the modules name.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Sample:
    """A file, the format it is in, and what it says: the task, the outcome, every text of agent, tools and user."""

    format: str
    text: str
    task: str
    outcome: str
    texts: tuple[str, ...]
    steps: int


def lines(*records: Any) -> str:
    """Return records as JSONL."""
    return "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)


def _claude(kind: str, number: int, content: Any, **more: Any) -> dict[str, Any]:
    stop = {"stop_reason": more.pop("stop", "tool_use")} if kind == "assistant" else {}
    message = {"role": kind, "content": content, **stop}
    return {"type": kind, "uuid": f"u{number}", "sessionId": "s1", "isSidechain": False, "message": message, **more}


def bash(call_id: str, command: str) -> list[dict[str, Any]]:
    """Return the block of a shell command."""
    return [{"type": "tool_use", "id": call_id, "name": "Bash", "input": {"command": command}}]


def came_back(call_id: str, text: str, *, failed: bool = False) -> list[dict[str, Any]]:
    """Return the block of what a command printed."""
    return [{"type": "tool_result", "tool_use_id": call_id, "content": text, "is_error": failed}]


def claude_session(*turns: tuple[str, Any]) -> str:
    """Return a session of Claude Code from its prompts, words, commands and what they printed."""
    return lines(*(_claude(kind, number, content, stop=_stop(content)) for number, (kind, content) in enumerate(turns)))


def _stop(content: Any) -> str:
    return "end_turn" if isinstance(content, str) or content[-1]["type"] == "text" else "tool_use"


CLAUDE_CODE = lines(
    {"type": "file-history-snapshot", "messageId": "u0", "snapshot": {"trackedFileBackups": {}}},
    {"type": "summary", "summary": "Parser mended", "leafUuid": "u9"},
    _claude("user", 0, "<local-command-stdout>tools: Bash, Edit</local-command-stdout>"),
    _claude("user", 1, "Caveat: nothing of this is meant", isMeta=True),
    _claude("user", 2, "Mend the date parser <system-reminder>Todo list is empty</system-reminder>"),
    _claude("user", 3, "Look for other parsers", isSidechain=True),
    {
        "type": "api-request-blob",
        "sessionId": "s1",
        "hash": "02981e",
        "message": {"role": "user", "content": "Mend it"},
    },
    _claude("assistant", 4, [{"type": "thinking", "thinking": "First see it fail.", "signature": "c2ln"}]),
    _claude("assistant", 5, [{"type": "text", "text": "I run the tests."}]),
    _claude("assistant", 6, bash("t1", "cd /repo && pytest -q")),
    _claude("user", 7, came_back("t1", "Exit code 1\nF.\n1 failed, 40 passed in 0.31s", failed=True)),
    _claude("assistant", 8, [{"type": "tool_use", "id": "t2", "name": "Edit", "input": {"new_string": "%d.%m"}}]),
    _claude("user", 9, came_back("t2", "The file was edited")),
    _claude("assistant", 10, bash("t3", "pytest -q")),
    _claude("user", 11, came_back("t3", "........\n41 passed in 0.29s")),
    _claude("assistant", 12, [{"type": "text", "text": "Day and month were swapped; mended."}], stop="end_turn"),
    {"type": "system", "subtype": "turn_duration", "sessionId": "s1", "durationMs": 3},
)

CODEX = lines(
    {"type": "session_meta", "payload": {"id": "0199", "cwd": "/repo", "cli_version": "0.60.0"}},
    *(
        {"timestamp": f"2026-11-01T10:00:{number:02}Z", "type": kind, "payload": payload}
        for number, (kind, payload) in enumerate(
            [
                ("response_item", {"type": "message", "role": "developer", "content": [{"type": "input_text", "text": "Be brief"}]}),
                ("response_item", {"type": "message", "role": "user", "content": [
                    {"type": "input_text", "text": "# AGENTS.md instructions for /repo\n\nRun the tests"},
                    {"type": "input_text", "text": "<environment_context>\n  <cwd>/repo</cwd>\n</environment_context>"}]}),
                ("world_state", {"cwd": "/repo"}),
                ("event_msg", {"type": "task_started", "turn_id": "1"}),
                ("response_item", {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Mend the date parser"}]}),
                ("event_msg", {"type": "user_message", "message": "Mend the date parser"}),
                ("turn_context", {"cwd": "/repo", "model": "gpt-5.5-codex"}),
                ("response_item", {"type": "reasoning", "summary": [{"type": "summary_text", "text": "See it fail first"}], "encrypted_content": "gAAA"}),
                ("response_item", {"type": "message", "role": "assistant", "phase": "commentary", "content": [{"type": "output_text", "text": "I run the tests."}]}),
                ("response_item", {"type": "function_call", "name": "exec_command", "arguments": '{"cmd":"pytest -q"}', "call_id": "c1"}),
                ("response_item", {"type": "function_call_output", "call_id": "c1", "output": "Chunk ID: 1f\nWall time: 0.4 seconds\nProcess exited with code 1\nOutput:\n1 failed, 40 passed in 0.3s"}),
                ("response_item", {"type": "custom_tool_call", "status": "completed", "call_id": "c2", "name": "apply_patch", "input": "*** Begin Patch\n+%d.%m"}),
                ("response_item", {"type": "custom_tool_call_output", "call_id": "c2", "output": '{"output":"Success. Updated parser.py","metadata":{"exit_code":0}}'}),
                ("response_item", {"type": "local_shell_call", "call_id": "c3", "status": "completed", "action": {"type": "exec", "command": ["bash", "-lc", "pytest -q"]}}),
                ("response_item", {"type": "function_call_output", "call_id": "c3", "output": '{"output":"41 passed in 0.3s","metadata":{"exit_code":0,"duration_seconds":0.4}}'}),
                ("response_item", {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Mended: day and month."}]}),
                ("token_usage_record", {"total": 812}),
                ("event_msg", {"type": "agent_message", "message": "Mended: day and month."}),
                ("event_msg", {"type": "task_complete", "turn_id": "1"}),
            ]
        )
    ),
)  # fmt: skip

GEMINI_SESSION: dict[str, Any] = {
    "sessionId": "g1",
    "projectHash": "4ea8",
    "messages": [
        {"id": "m0", "type": "info", "content": "Update available"},
        {"id": "m1", "type": "user", "content": [{"text": "Cancel order W1"}]},
        {"id": "m2", "type": "gemini", "content": "I look it up.", "thoughts": [{"subject": "Orders", "description": "find W1"}],
         "toolCalls": [{"id": "k1", "name": "get_order", "args": {"order_id": "W1"}, "status": "success",
                        "result": [{"functionResponse": {"id": "k1", "name": "get_order", "response": {"output": "pending"}}}]}]},
        {"id": "m3", "type": "error", "content": "quota exceeded"},
        {"id": "m4", "type": "user", "content": "go on"},
        {"id": "m5", "type": "gemini", "content": [{"text": "Cancelled."}]},
    ],
}  # fmt: skip

_MESSAGES = GEMINI_SESSION["messages"]
GEMINI_LINES = lines(
    {"sessionId": "g1", "projectHash": "4ea8", "startTime": "2026-11-01T10:00:00Z", "kind": "main"},
    {"id": "m1", "type": "user", "content": [{"text": "<session_context>cwd: /repo</session_context>"}]},
    {"$set": {"messages": _MESSAGES[:2]}},
    {"id": "m2", "type": "gemini", "content": "I look"},
    _MESSAGES[2],
    {"id": "mx", "type": "user", "content": "stop"},
    {"$rewindTo": "mx"},
    *_MESSAGES[3:],
    {"$set": {"lastUpdated": "2026-11-01T10:00:09Z"}},
)

_ITEMS = [
    {"role": "user", "content": "Cancel order W1"},
    {"type": "reasoning", "summary": [{"type": "summary_text", "text": "Find it first."}]},
    {"type": "function_call", "name": "get_order", "arguments": '{"order_id": "W1"}', "call_id": "c1"},
    {"type": "function_call_output", "call_id": "c1", "output": "pending"},
    {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "It is cancelled."}]},
]

_ANTHROPIC = [
    {"role": "user", "content": "Cancel order W1"},
    {"role": "assistant", "content": [
        {"type": "thinking", "thinking": "Find it first.", "signature": "x"},
        {"type": "text", "text": "I look it up."},
        {"type": "tool_use", "id": "t1", "name": "get_order", "input": {"order_id": "W1"}},
        {"type": "tool_use", "id": "t2", "name": "get_user", "input": {"id": 7}}]},
    {"role": "user", "content": [
        {"type": "tool_result", "tool_use_id": "t2", "content": "Jo"},
        {"type": "tool_result", "tool_use_id": "t1", "content": [{"type": "text", "text": "pending"}]},
        {"type": "text", "text": "and quickly"}]},
    {"role": "assistant", "content": [{"type": "text", "text": "It is cancelled."}]},
]  # fmt: skip

_CHAT = [
    {"role": "system", "content": "You are an agent."},
    {"role": "user", "content": "Cancel order W1"},
    {"role": "assistant", "content": "I look it up.", "tool_calls": [
        {"id": "c1", "type": "function", "function": {"name": "get_order", "arguments": '{"order_id": "W1"}'}}]},
    {"role": "tool", "tool_call_id": "c1", "content": "pending"},
    {"role": "assistant", "content": "It is cancelled."},
]  # fmt: skip

_SWE_PROMPT = "We're solving this issue.\nISSUE:\nThe date parser swaps day and month\n\nINSTRUCTIONS:\nEdit the files"
_SWE = {
    "environment": "swe_main",
    "trajectory": [
        {"action": "ls\n", "observation": "parser.py", "response": "Look around.\n```\nls\n```", "thought": "Look around."},
        {"action": "submit", "observation": "diff --git a b", "response": "", "thought": "Done."},
    ],
    "history": [{"role": "system", "content": "SETTING"}, {"role": "user", "content": _SWE_PROMPT, "agent": "main"}],
    "info": {"exit_status": "submitted", "submission": "diff --git a b"},
}  # fmt: skip

_MINI = [
    {"role": "system", "content": "You interact with a shell."},
    {"role": "user", "content": "Please solve this issue: The parser fails\n\nYou can execute bash commands and edit"},
    {"role": "assistant", "content": "THOUGHT: look\n\n```mswea_bash_command\nls -la\n```"},
    {"role": "user", "content": "<returncode>0</returncode>\n<output>\nparser.py\n</output>"},
    {"role": "assistant", "content": "No command here."},
    {"role": "user", "content": "Please give exactly one command"},
]

_BROWSERGYM = {
    "goal": "What is the total of my March orders?",
    "summary_info": {"n_steps": 2, "cum_reward": 1.0, "terminated": True, "truncated": False, "err_msg": None},
    "steps": [
        {"obs": {"url": "http://shop/", "axtree_txt": "[227] link"}, "action": "click('227')", "agent_info": {"think": "Open it."}, "reward": 0.0},
        {"obs": {"url": "http://shop/orders", "last_action_error": "slow"}, "action": "send_msg_to_user('86.40')", "agent_info": {"think": "There."}, "reward": 1.0},
    ],
}  # fmt: skip

_TAU = [
    {"task_id": 3, "trial": trial, "reward": reward, "info": {"task": {"instruction": "You want order W1 cancelled."}}, "traj": [*_CHAT, {"role": "user", "content": "No!"}][: 5 + trial]}
    for trial, reward in enumerate((1.0, 0.0))
]  # fmt: skip

_REFLEXION: list[dict[str, Any]] = [
    {"name": "env_0", "memory": [], "is_success": True},
    {"name": "env_2", "memory": ["I forgot to put the plate down.", "I looked in the wrong room."], "is_success": False},
]  # fmt: skip


def _span(number: int, name: str, **attributes: Any) -> dict[str, Any]:
    named = {f"gen_ai.{key.replace('__', '.')}": value for key, value in attributes.items()}
    about = {"gen_ai.operation.name": name.split(maxsplit=1)[0], **named}
    return {"traceId": "5b8e", "spanId": str(number), "startTimeUnixNano": str(number), "endTimeUnixNano": str(number + 1), "name": name, "attributes": about}  # fmt: skip


_ASKED = {"role": "user", "parts": [{"type": "text", "content": "Cancel order W1"}]}
_CALLED = {"role": "assistant", "parts": [{"type": "reasoning", "content": "Find it first."}, {"type": "tool_call", "id": "c1", "name": "get_order", "arguments": {"order_id": "W1"}}]}  # fmt: skip
_ANSWERED = {"role": "tool", "parts": [{"type": "tool_call_response", "id": "c1", "response": "pending"}]}
_DONE = {"role": "assistant", "parts": [{"type": "text", "content": "It is cancelled."}]}
SPANS = [
    _span(4, "execute_tool get_order", tool__name="get_order", tool__call__id="c1", tool__call__arguments='{"order_id": "W1"}', tool__call__result="pending"),
    _span(2, "chat model", input__messages=json.dumps([_ASKED]), output__messages=json.dumps([_CALLED])),
    _span(6, "chat model", input__messages=json.dumps([_ASKED, _CALLED, _ANSWERED]), output__messages=json.dumps([_DONE])),
    _span(1, "invoke_agent shop", agent__name="shop", input__messages=json.dumps([_ASKED])),
]  # fmt: skip

_BANK = {
    "task_id": "47", "query": "How many orders in March?", "think_list": ["Open the orders.", "Count them."],
    "action_list": ["click('12')", ["scroll(0, 100)", "send_msg_to_user('3')"]], "status": "success", "template_id": 9,
    "memory_items": "# Memory Item 1\n## Title Filter before counting\n## Description When a list spans pages.\n## Content Set the date filter, then count.",
}  # fmt: skip

_NATIVE = {
    "task": "Mend the date parser",
    "trajectory": [{"thought": "See it fail.", "action": "pytest", "observation": "1 failed"}],
    "outcome": "failure",
    "evidence": "1 failed",
}

_THINK = """**Query:** What is the total of my March orders?

**Trajectory:**
<think>
Open the account area.
</think>
<action>
click('227')
</action>
The orders are listed.

<think>
It is on the screen.
</think>
<action>
send_msg_to_user('86.40')
</action>
"""

_TEXT = """Task: mend the date parser of the reports

I ran the tests and saw one of them fail.

Then I swapped day and month, and ran them again.
"""

_ORDER = ("get_order", "W1", "pending", "It is cancelled.")
_PARSER = ("1 failed, 40 passed", "41 passed", "%d.%m", "I run the tests.", "pytest -q")

SAMPLES = {
    "native": Sample("native", lines(_NATIVE), "Mend the date parser", "failure", ("See it fail.", "pytest", "1 failed"), 1),
    "claude-code": Sample("claude-code", CLAUDE_CODE, "Mend the date parser", "success",
                          (*_PARSER, "First see it fail.", "The file was edited", "Day and month were swapped; mended."), 4),
    "codex": Sample("codex", CODEX, "Mend the date parser", "success",
                    (*_PARSER, "See it fail first", "Success. Updated parser.py", "Mended: day and month."), 4),
    "gemini-contents": Sample("gemini", json.dumps({"contents": [
        {"role": "user", "parts": [{"text": "Cancel order W1"}]},
        {"role": "model", "parts": [{"text": "Find it first.", "thought": True}, {"functionCall": {"name": "get_order", "args": {"order_id": "W1"}}}]},
        {"role": "user", "parts": [{"functionResponse": {"name": "get_order", "response": {"status": "pending"}}}]},
        {"role": "model", "parts": [{"text": "It is cancelled."}]}]}), "Cancel order W1", "unknown", (*_ORDER, "Find it first."), 2),
    "gemini-session": Sample("gemini", json.dumps(GEMINI_SESSION, indent=2), "Cancel order W1", "unknown",
                             ("Orders: find W1", "I look it up.", "get_order", "pending", "quota exceeded", "user: go on", "Cancelled."), 2),
    "gemini-lines": Sample("gemini", GEMINI_LINES, "Cancel order W1", "unknown",
                           ("Orders: find W1", "I look it up.", "get_order", "pending", "quota exceeded", "user: go on", "Cancelled."), 2),
    "openai-chat": Sample("openai-chat", lines({"messages": _CHAT, "reward": 1.0}), "Cancel order W1", "success", (*_ORDER, "I look it up."), 2),
    "openai-responses": Sample("openai-responses", lines({"input": _ITEMS[:4], "output": _ITEMS[4:], "object": "response"}),
                               "Cancel order W1", "unknown", (*_ORDER, "Find it first."), 2),
    "anthropic": Sample("anthropic", lines({"system": "Be kind", "messages": _ANTHROPIC}), "Cancel order W1", "unknown",
                        (*_ORDER, "Find it first.", "I look it up.", "get_user", "Jo", "user: and quickly"), 3),
    "swe-agent": Sample("swe-agent", json.dumps(_SWE, indent=2), "The date parser swaps day and month", "unknown",
                        ("Edit the files", "Look around.", "ls", "parser.py", "Done.", "submit", "diff --git a b"), 3),
    "mini-swe-agent": Sample("mini-swe-agent", json.dumps(_MINI), "The parser fails", "unknown",
                             ("You can execute bash commands", "THOUGHT: look", "ls -la", "parser.py", "No command here.", "exactly one command"), 3),
    "browsergym": Sample("browsergym", json.dumps(_BROWSERGYM), "What is the total of my March orders?", "success",
                         ("http://shop/", "[227] link", "Open it.", "click('227')", "http://shop/orders", "slow", "There.", "86.40"), 3),
    "tau-bench": Sample("tau-bench", lines(_TAU[0]), "You want order W1 cancelled.", "success", (*_ORDER, "user: Cancel order W1"), 3),
    "tau-bench-failed": Sample("tau-bench", json.dumps(_TAU[1:]), "You want order W1 cancelled.", "failure", _ORDER, 3),
    "reflexion": Sample("reflexion", json.dumps(_REFLEXION[1:]), "ALFWorld environment env_2", "failure", tuple(_REFLEXION[1]["memory"]), 3),
    "otel": Sample("otel", lines(*SPANS), "Cancel order W1", "unknown", (*_ORDER, "Find it first."), 2),
    "reasoning-bank": Sample("reasoning-bank", lines(_BANK), "How many orders in March?", "unknown",
                             ("Open the orders.", "Count them.", "click('12')", "scroll(0, 100)", "send_msg_to_user('3')"), 2),
    "think-action": Sample("think-action", _THINK, "What is the total of my March orders?", "unknown",
                           ("Open the account area.", "click('227')", "The orders are listed.", "It is on the screen.", "86.40"), 2),
    "text": Sample("text", _TEXT, "mend the date parser of the reports", "unknown",
                   ("saw one of them fail.", "Then I swapped day and month"), 1),
}  # fmt: skip
