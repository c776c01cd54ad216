"""What a program that is no MCP client asks of a bank, as JSON, and what it is answered.

A hook asks so: a server nearby over its socket, else the bank in its own process. Either way it is the same recall
and the same record as through the tools, checked by the same limits, kept, credited and withheld alike.

    {"ask": "recall", "client": "claude-code", "namespace": "default", "task": "...", "kind": "...", "context": "..."}
    → {"recall_id": "rec_...", "strategies": ["str_..."], "nearby": ["str_..."], "text": "..."}
                                        text is empty when nothing is recalled, nor anything nearby reaches "menu", a
                                        share of the floor
    with "session", what that session noted comes first in the text
    {"ask": "note", "session": "...", "task": "what was tried", "error": "...", "ended": "by what, if it was"}
    → {"key": "..."}                                                        without an error: the task that is open
    {"ask": "record", "client": ..., "namespace": ..., "task": ..., "trajectory": [...], "outcome": ...,
     "evidence": ..., "strategies": [...], "recall_id": ..., "experience_id": ...}
    → {"experience_id": "exp_...", "status": ..., "outcome": ..., "reason": ..., "next_step": ...}
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rb_mcp.errors import InvalidInput, NotFound
from rb_mcp.memory import intake
from rb_mcp.memory.notebook import notebook_text
from rb_mcp.memory.trust import named
from rb_mcp.types import Note

if TYPE_CHECKING:
    from rb_mcp.memory.bank import ReasoningBank, Receipt


async def answer(bank: ReasoningBank, request: object) -> dict[str, object]:
    """Do what a request asks for.

    Raises:
        InvalidInput: naming what is wrong with the request.
        StoreError: when the bank cannot do it now.
    """
    fields = intake.mapping("request", request)
    seen = bank.serving(named(intake.client(intake.text("client", fields.get("client")))))
    namespace = intake.namespace(intake.text("namespace", fields.get("namespace")), bank.namespace)
    task = intake.task(intake.text("task", fields.get("task")))
    match fields.get("ask"):
        case "recall":
            return await _recall(seen, namespace, task, fields)
        case "record":
            return await _record(seen, namespace, task, fields)
        case "note":
            return await _note(seen, namespace, task, fields)
        case _:
            raise InvalidInput("ask", "give recall, record or note")


async def _recall(bank: ReasoningBank, namespace: str, task: str, fields: dict[str, object]) -> dict[str, object]:
    k = fields.get("k", 0)
    recall = await bank.recall(
        task,
        intake.adaptive(k if isinstance(k, int) else -1),
        namespace,
        kind=intake.kind(intake.text("kind", fields.get("kind"))),
        context=intake.context(intake.text("context", fields.get("context"))),
    )
    text, recall = await bank.shown(recall)
    shown = [one.strategy.id for one in recall.strategies]
    nearby = [near.id for near in recall.nearby]
    menu = fields.get("menu")
    least = menu * recall.floor if isinstance(menu, int | float) else 0.0
    worth = recall.strategies or recall.remedies or any(near.similarity >= least for near in recall.nearby)
    session = intake.identifier("session", intake.text("session", fields.get("session")))
    noted = notebook_text(await bank.store.notebook(session, namespace)) if session else ""
    told = "\n\n".join(filter(None, (noted, text if worth else "")))
    return {"recall_id": recall.id, "strategies": shown, "nearby": nearby, "text": told}


async def _note(bank: ReasoningBank, namespace: str, text: str, fields: dict[str, object]) -> dict[str, object]:
    """Keep a line in a session's notebook; what is said of one error replaces what was said of it before."""
    from rb_mcp.memory.signatures import signatures  # noqa: PLC0415 - many patterns; a server starts without them

    session = intake.identifier("session", intake.text("session", fields.get("session")))
    if not session:
        raise InvalidInput("session", "it is missing; give the id of the session")
    error, ended = (intake.text(name, fields.get(name)) for name in ("error", "ended"))
    reported = signatures(error, failed=True)
    note = await bank.noted(session, namespace, Note(reported[0].key if reported else "", text, ended))
    return {"key": note.key}


async def _record(bank: ReasoningBank, namespace: str, task: str, fields: dict[str, object]) -> dict[str, object]:
    trajectory = intake.trajectory(task, intake.mappings("trajectory", fields.get("trajectory")))
    outcome, evidence, recalled, earlier = (
        intake.text(name, fields.get(name)) for name in ("outcome", "evidence", "recall_id", "experience_id")
    )
    verdict = intake.verdict(outcome, evidence)
    kind = intake.kind(intake.text("kind", fields.get("kind")))
    items = intake.items(intake.mappings("strategies", fields.get("strategies")), intake.MOST_ITEMS)

    async def keep(recall_id: str) -> Receipt:
        if earlier:
            return await bank.resume(earlier, trajectory.steps, verdict, items, recall_id, namespace, kind=kind)
        return await bank.record(trajectory, verdict, items, recall_id, namespace, kind=kind)

    try:
        receipt = await keep(recalled)
    except NotFound as error:  # a recall of a bank that was replaced since: the work is kept all the same
        if error.field != "recall_id":
            raise
        receipt = await keep("")
    bank.queued.set()  # a model of the server's own takes it up at once
    said = receipt.experience.verdict
    return {
        "experience_id": receipt.experience.id,
        "status": receipt.experience.status,
        "outcome": said.outcome,
        "reason": said.reason,
        "next_step": receipt.next_step,
    }
