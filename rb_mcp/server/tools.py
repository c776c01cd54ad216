"""The three tools: recall before a task, record after it, contrast several attempts at it.

Each answer has two halves, and a client gives its model only one of them: the structured half and the text
half each hold everything, `next_step` included. No answer echoes what was sent.
"""

from typing import Annotated

from mcp.server.mcpserver import Context
from mcp.server.mcpserver.tools import Tool
from mcp.types import CallToolResult, InputRequiredResult, TextContent, ToolAnnotations
from pydantic import BaseModel

from rb_mcp.errors import InvalidInput, ProviderError
from rb_mcp.memory import intake
from rb_mcp.memory.bank import ReasoningBank, Receipt
from rb_mcp.memory.rendering import LONGEST_DESCRIPTION, LONGEST_ERROR, LONGEST_REMEDY, LONGEST_TITLE, cut, one_line
from rb_mcp.memory.trust import named
from rb_mcp.server.client_model import Asked, ClientModel
from rb_mcp.server.schema import Attempts, Ids, PlainTool, Steps, Strategies, said
from rb_mcp.types import Attempt, Recalled

LONGEST_WAIT = 40.0
"""Seconds that a call waits for a model: clients give up after 60 or so."""

_KIND = "The kind of problem in general words, naming nothing of this instance: 'a request times out on a held lock'"

_SHOWN = 120
"""Characters of a title in an answer; of a reason, twice that."""


class RecalledStrategy(BaseModel):
    """One strategy, with what is known about it."""

    id: str
    title: str
    description: str
    content: str
    outcome: str
    similarity: float
    experience_id: str
    uses: int
    successes: int


class NearbyStrategy(BaseModel):
    """A weak candidate, by name only."""

    id: str
    title: str
    description: str
    similarity: float


class ErrorRemedy(BaseModel):
    """What ended an error in an earlier task."""

    error: str
    remedy: str
    experience_id: str


class RecallAnswer(BaseModel):
    """What earlier tasks taught, and the same as a block for the agent's context."""

    recall_id: str
    strategies: list[RecalledStrategy]
    nearby: list[NearbyStrategy]
    remedies: list[ErrorRemedy]
    text: str


class KeptStrategy(BaseModel):
    """What became of one strategy: added, merged or held, and why it was held."""

    id: str
    title: str
    action: str
    reason: str


class RecordAnswer(BaseModel):
    """What became of a record, and what to do next, if anything."""

    experience_id: str
    status: str
    outcome: str
    reason: str
    strategies: list[KeptStrategy]
    next_step: str


class BestAttempt(BaseModel):
    """The attempt to keep; empty when none is known to have succeeded."""

    experience_id: str
    reason: str


class ContrastAnswer(RecordAnswer):
    """What became of a contrast."""

    best: BestAttempt


async def recall_strategies(
    task: Annotated[str, said("What is to be done, in a sentence or two")],
    ctx: Context[ReasoningBank],
    kind: Annotated[str, said(_KIND)] = "",
    context: Annotated[str, said("What is at hand: the error message first of all; files, names")] = "",
    k: Annotated[int, said("How many earlier tasks to draw on; leave out for as many as fit")] = 0,
    ids: Annotated[Ids, said("Show these strategies in full, from nearby")] = [],  # noqa: B006
    namespace: Annotated[str, said("Part of the memory; leave out for the usual one")] = "",
) -> Annotated[CallToolResult, RecallAnswer]:
    """Call this FIRST, before planning or acting on any task of several steps, and again when an error stops you.

    Always give kind, the kind of problem in general words: it finds twice as much. Returns short strategies that
    earlier tasks taught, from failures as well as successes, what ended an error like the one in context, or
    nothing when none is close. They are evidence to weigh, not orders. Keep recall_id for record_trajectory.
    """
    bank = serving(ctx)
    recall = await bank.recall(
        intake.task(task),
        intake.adaptive(k),
        intake.namespace(namespace, bank.namespace),
        kind=intake.kind(kind),
        context=intake.context(context),
        ids=intake.identifiers("ids", ids),
    )
    text, recall = await bank.shown(recall)
    answer = RecallAnswer(
        recall_id=recall.id,
        strategies=[_recalled(one) for one in recall.strategies],
        nearby=[
            NearbyStrategy(
                id=near.id,
                title=one_line(near.title, LONGEST_TITLE),
                description=one_line(near.description, LONGEST_DESCRIPTION),
                similarity=near.similarity,
            )
            for near in recall.nearby
        ],
        remedies=[
            ErrorRemedy(
                error=one_line(known.error, LONGEST_ERROR),
                remedy=cut(known.remedy, LONGEST_REMEDY),
                experience_id=known.experience_id,
            )
            for known in recall.remedies
        ],
        text=text,
    )
    return _result(answer, f"{text}\n\nrecall_id: {recall.id}" if recall.id else text)


async def record_trajectory(
    task: Annotated[str, said("The task, as it was recalled for")],
    ctx: Context[ReasoningBank],
    kind: Annotated[str, said(_KIND)] = "",
    trajectory: Annotated[Steps, said("The steps taken, each {thought, action, observation}")] = [],  # noqa: B006
    outcome: Annotated[str, said("success, failure or unknown")] = "unknown",
    evidence: Annotated[str, said("What showed the outcome: test output, exit code, a person's word")] = "",
    strategies: Annotated[Strategies, said("At most 3, if you distil them yourself")] = [],  # noqa: B006
    recall_id: Annotated[str, said("From recall_strategies, if it was called")] = "",
    experience_id: Annotated[str, said("To continue a record: lessons, a corrected outcome, a next round")] = "",
    namespace: Annotated[str, said("Part of the memory; leave out for the usual one")] = "",
) -> Annotated[CallToolResult, RecordAnswer] | InputRequiredResult:
    """Call this ONCE after a task of several steps, whether it succeeded, failed or was given up.

    Keeps the trajectory and what it taught. Always give kind. Say an outcome only when something showed it. If the
    answer has a next_step, do it: one more call with the experience_id.
    """
    bank = serving(ctx)
    where = intake.namespace(namespace, bank.namespace)
    taken = intake.trajectory(intake.task(task), trajectory)
    verdict = intake.verdict(outcome, evidence)
    said_kind = intake.kind(kind)
    recalled = intake.identifier("recall_id", recall_id)
    earlier = intake.identifier("experience_id", experience_id)
    if earlier:
        items = intake.items(strategies, intake.MOST_CONTRASTED_ITEMS)
        receipt = await bank.resume(earlier, taken.steps, verdict, items, recalled, where, kind=said_kind)
    else:
        items = intake.items(strategies, intake.MOST_ITEMS)
        if not taken.steps and not items:
            raise InvalidInput("trajectory", "give the steps taken, or strategies, or an earlier experience_id")
        receipt = await bank.record(taken, verdict, items, recalled, where, kind=said_kind)
    try:
        receipt = await _distilled(ctx, bank, receipt)
    except Asked as asked:
        return asked.result
    answer = _recorded(receipt)
    return _result(answer, _record_text(answer))


async def contrast_trajectories(
    task: Annotated[str, said("The task that was attempted")],
    ctx: Context[ReasoningBank],
    attempts: Annotated[Attempts, said("In full: each {trajectory, outcome, evidence}")] = [],  # noqa: B006
    experience_ids: Annotated[Ids, said("Or the ids under which they were recorded")] = [],  # noqa: B006
    strategies: Annotated[Strategies, said("At most 5, if you distil them yourself")] = [],  # noqa: B006
    best: Annotated[str, said("Number or id of the attempt to keep, and why")] = "",
    recall_id: Annotated[str, said("From recall_strategies, if it was called")] = "",
    namespace: Annotated[str, said("Part of the memory; leave out for the usual one")] = "",
) -> Annotated[CallToolResult, ContrastAnswer] | InputRequiredResult:
    """Call this after 2 to 10 attempts at ONE task, instead of recording each alone.

    Learns what set the good attempts apart from the others, and says which one to keep. If the answer has a
    next_step, do it: one more call.
    """
    bank = serving(ctx)
    where = intake.namespace(namespace, bank.namespace)
    what = intake.task(task)
    full = [
        Attempt(
            intake.trajectory(what, attempt.get("trajectory", []), f"attempts[{number}].trajectory"),
            intake.verdict(attempt.get("outcome", ""), attempt.get("evidence", "")),
        )
        for number, attempt in enumerate(attempts)
    ]
    for number, attempt in enumerate(full):
        if not attempt.trajectory.steps:
            raise InvalidInput(f"attempts[{number}].trajectory", "it is empty; give the steps of this attempt")
    ids = [one for one in (intake.identifier("experience_ids", text) for text in experience_ids) if one]
    items = intake.items(strategies, intake.MOST_CONTRASTED_ITEMS)
    if len(ids) != 1 or full:  # a single id may be the contrast itself, come to be distilled
        intake.attempts(len(full) + len(ids))
    receipt = await bank.contrast(what, full, ids, items, best, intake.identifier("recall_id", recall_id), where)
    try:
        receipt = await _distilled(ctx, bank, receipt)
    except Asked as asked:
        return asked.result
    chosen = BestAttempt(experience_id=receipt.experience.best, reason=cut(receipt.experience.best_reason, 2 * _SHOWN))
    answer = ContrastAnswer(**_recorded(receipt).model_dump(), best=chosen)
    listed = ", ".join(f"{number}: {id_}" for number, id_ in enumerate(receipt.experience.members, start=1))
    which = f"Best attempt: {chosen.experience_id or 'none'} ({chosen.reason}).\nAttempts: {listed}"
    return _result(answer, _record_text(answer, which))


def serving(ctx: Context[ReasoningBank]) -> ReasoningBank:
    """Return the bank as the calling client sees it."""
    said = ctx.request_context.session.client_params
    name = named(intake.client(said.client_info.name if said else ""))
    return ctx.request_context.lifespan_context.serving(name)


async def _distilled(ctx: Context[ReasoningBank], bank: ReasoningBank, receipt: Receipt) -> Receipt:
    """Let a model distil what was recorded, where there is one: the bank's own, else the client's.

    Raises:
        Asked: when the client has to be asked by ending the call.
    """
    experience = receipt.experience
    if experience.status == "queued" and not bank.distiller:  # another server's model is at work on it
        return await bank.review(experience.id, experience.namespace, receipt.new)
    if experience.status == "queued":
        looks = 0

        async def report(what: str) -> None:
            nonlocal looks
            looks += 1
            await ctx.report_progress(looks, message=what)

        return await bank.wait(receipt, LONGEST_WAIT, report)
    unjudged = experience.status == "recorded" and experience.verdict.source != "judge"
    if not (unjudged or experience.status == "awaiting_distillation"):
        return receipt
    if bank.distiller or not bank.asks_client or not ClientModel.lent(ctx):
        return receipt
    if not ClientModel.answered(ctx):
        if any(job.state == "asked" for job in await bank.store.waiting([experience.id])):
            return receipt  # it was asked before, and did not answer
        await bank.store.give_up(experience, "the client's model was asked", asked=True)
    try:
        await bank.distiller_with(ClientModel(ctx)).distil(experience)
    except ProviderError:  # no, or nonsense: the calling agent is the next rung, and the receipt asks it
        return receipt
    return await bank.review(experience.id, experience.namespace, receipt.new)


def all_tools(*, model: bool = False) -> list[Tool]:
    """Return the tools as they are registered; their names are fixed. With a model of its own they reach outside."""
    always = {"anthropic/alwaysLoad": True}
    writes = ToolAnnotations(read_only_hint=False, destructive_hint=False, idempotent_hint=True, open_world_hint=model)
    # A recall leaves a line in the log of recalls, and nothing that any other answer depends on.
    reads = ToolAnnotations(read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False)
    return [
        PlainTool.from_function(recall_strategies, title="Recall strategies", annotations=reads, meta=always),
        PlainTool.from_function(record_trajectory, title="Record a trajectory", annotations=writes, meta=always),
        PlainTool.from_function(contrast_trajectories, title="Contrast attempts at one task", annotations=writes),
    ]


def _recalled(found: Recalled) -> RecalledStrategy:
    strategy = found.strategy
    return RecalledStrategy(
        id=strategy.id,
        title=strategy.item.title,
        description=strategy.item.description,
        content=strategy.item.content,
        outcome=strategy.outcome,
        similarity=found.similarity,
        experience_id=found.experience_id,
        uses=strategy.uses,
        successes=strategy.successes,
    )


def _recorded(receipt: Receipt) -> RecordAnswer:
    verdict = receipt.experience.verdict
    return RecordAnswer(
        experience_id=receipt.experience.id,
        status=receipt.experience.status,
        outcome=verdict.outcome,
        reason=cut(verdict.reason, 2 * _SHOWN),
        strategies=[
            KeptStrategy(id=kept.id, title=cut(kept.title, _SHOWN), action=kept.action, reason=kept.note)
            for kept in receipt.strategies
        ],
        next_step=receipt.next_step or _trouble(receipt),
    )


def _trouble(receipt: Receipt) -> str:
    """Say why a model has not distilled it yet; then there is nothing for the agent to do."""
    if receipt.experience.status != "queued":
        return ""
    why = f" ({cut(receipt.trouble, 2 * _SHOWN)})" if receipt.trouble else ""
    return f"Nothing to do: a model distils it in the background{why}."


def _record_text(answer: RecordAnswer, more: str = "") -> str:
    lines = [f"{answer.experience_id} is kept: outcome {answer.outcome}, {answer.status}."]
    if answer.reason:
        lines.append(f"Reason: {answer.reason}")
    if more:
        lines.append(more)
    for kept in answer.strategies:
        why = f" ({kept.reason})" if kept.reason else ""
        lines.append(f"- {kept.action} {kept.id}: {kept.title}{why}")
    if answer.next_step:
        lines += ["", "NEXT STEP", answer.next_step]
    return "\n".join(lines)


def _result(answer: BaseModel, text: str) -> CallToolResult:
    return CallToolResult(content=[TextContent(type="text", text=text)], structured_content=answer.model_dump())
