"""What was said, done and seen, one thing after the other → the steps of a trajectory.

A step is a call: the words before it are its thought, what came back is its observation. Words that no call follows
are a step of their own, as its action. What the user said first is the task; what the user said later stands in the
observation of the step before, after `user: `.

A session may be far longer than the bank takes (`intake`). It is shortened here rather than refused, and says where:
steps in the middle are left out, the longest texts are cut from their middle. The memory this takes is bounded, too.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import cast

from rb_mcp.errors import InvalidInput
from rb_mcp.memory import intake
from rb_mcp.transcripts.recording import Recording
from rb_mcp.types import Step, Trajectory, Verdict

_LONGEST_TEXT = 400_000
_ROOM = 4
"""How many times the limits a dialogue may hold before it is shortened on the way."""
_CUT = "\n[... shortened ...]\n"


@dataclass
class _Turn:
    thought: str = ""
    words: str = ""
    action: str = ""
    observation: str = ""

    def size(self) -> int:
        return len(self.thought) + len(self.words) + len(self.action) + len(self.observation)

    def shorten(self, most: int) -> None:
        self.thought, self.words = _shortened(self.thought, most), _shortened(self.words, most)
        self.action, self.observation = _shortened(self.action, most), _shortened(self.observation, most)

    def step(self) -> Step:
        thought = _joined(self.thought, self.words) if self.action else self.thought
        return Step(*(intake.clean(part).strip() for part in (thought, self.action or self.words, self.observation)))


class Dialogue:
    """Collects a trajectory. `task` may be given beforehand; else it is what the user says first."""

    def __init__(self, task: str = "") -> None:
        self.task = task.strip()
        self.acted = False
        """Whether the agent thought, said or did anything."""
        self.at_rest = True
        """Whether nothing was going on when it ended: it did not break off at a call or amid thinking."""
        self.gaps = False
        """Whether something was answered that nobody asked, or something is missing."""
        self.shortened = False
        self._turns: list[_Turn] = []
        self._calls: dict[str, _Turn] = {}
        self._open: set[str] = set()
        self._size = 0
        self._left_out = 0
        self._most = _LONGEST_TEXT

    def think(self, text: str) -> None:
        """Add what the agent thought."""
        if text.strip():
            turn = self._turn(fresh=True)
            turn.thought = _joined(turn.thought, self._taken(text))
            self.acted, self.at_rest = True, False

    def say(self, text: str) -> None:
        """Add what the agent said."""
        if text.strip():
            turn = self._turn(fresh=True)
            turn.words = _joined(turn.words, self._taken(text))
            self.acted = self.at_rest = True

    def call(self, name: str, arguments: object, call_id: str = "") -> None:
        """Add a call of a tool; `arguments` as text or as JSON."""
        if not isinstance(arguments, str):
            arguments = json.dumps(arguments, ensure_ascii=False)
        self.act(f"{name}({arguments})", call_id)

    def act(self, text: str, call_id: str = "") -> None:
        """Add something done."""
        if not text.strip():
            return
        turn = self._turn(fresh=True)
        turn.action = self._taken(text)
        self.acted, self.at_rest = True, False
        if call_id:
            self._calls[call_id] = turn
            self._open.add(call_id)

    def see(self, text: str, call_id: str = "") -> None:
        """Add what came back: to the call of that id, else to the last step."""
        turn = self._calls.get(call_id) if call_id else None
        if call_id and turn is None:
            self.gaps = True
        self._open.discard(call_id)
        turn = turn or self._turn()
        if text.strip():
            turn.observation = _joined(turn.observation, self._taken(text))
        self.at_rest = False

    def called(self, call_id: str) -> str:
        """Return the call of that id, or nothing."""
        turn = self._calls.get(call_id)
        return turn.action if turn else ""

    def has_seen(self, text: str) -> bool:
        """Tell whether something stands in what came back last."""
        return bool(self._turns) and text.strip() in intake.clean(self._turns[-1].observation)

    def hear(self, text: str) -> None:
        """Add what the user said."""
        if not text.strip():
            return
        if not self.task:
            self.task = text.strip()
            return
        turn = self._turn()
        turn.observation = _joined(turn.observation, self._taken(f"user: {text.strip()}"))
        self.at_rest = True

    @property
    def whole(self) -> bool:
        """Whether every call was answered, nothing is missing and it did not break off."""
        return self.at_rest and not self.gaps and not self._open

    def recording(self, verdict: Verdict, field: str) -> Recording:
        """Return what was collected, with the verdict on it.

        Raises:
            InvalidInput: naming `field`, when there is no task or the agent did nothing.
        """
        trajectory = self.trajectory(field)
        return Recording(trajectory, verdict, shortened=self.shortened)

    def trajectory(self, field: str) -> Trajectory:
        """Return the steps that were collected, shortened to what the bank takes; to be asked once, at the end.

        Raises:
            InvalidInput: naming `field`, when there is no task or the agent did nothing.
        """
        task = intake.clean(self.task).strip()
        if not task:
            raise InvalidInput(field, "the user says nothing in it, so there is no task")
        if not self.acted:
            raise InvalidInput(field, "the agent says and does nothing in it")
        if len(task) > intake.LONGEST_TASK:
            self._turns.insert(0, _Turn(observation=self._taken(f"user: {task}")))
            task = _shortened(task, intake.LONGEST_TASK)
        self._shorten(intake.MOST_STEPS, intake.LONGEST_TRAJECTORY)
        steps = [turn.step() for turn in self._turns]
        if self._left_out:
            steps.insert(self._head, Step(observation=f"[... {self._left_out:,} steps left out ...]"))
        return Trajectory(intake.task(task), tuple(step for step in steps if step != Step()))

    def _turn(self, *, fresh: bool = False) -> _Turn:
        """Return the last turn, or a new one if there is none or it is over and a `fresh` one is wanted."""
        last = self._turns[-1] if self._turns else None
        if last is None or (fresh and (last.action or last.observation)):
            last = _Turn()
            self._turns.append(last)
            if len(self._turns) > _ROOM * intake.MOST_STEPS:
                self._shorten(intake.MOST_STEPS, 2 * intake.LONGEST_TRAJECTORY)
        return last

    def _taken(self, text: str) -> str:
        if len(text) > self._most:
            text, self.shortened = _shortened(text, self._most), True
        self._size += len(text)
        if self._size > _ROOM * intake.LONGEST_TRAJECTORY:
            self._shorten(len(self._turns) + 1, 2 * intake.LONGEST_TRAJECTORY)
        return text

    @property
    def _head(self) -> int:
        return intake.MOST_STEPS // 3

    def _shorten(self, steps: int, size: int) -> None:
        """Leave out steps in the middle and cut the longest texts until no more than this many remain."""
        if len(self._turns) > steps or (self._left_out and len(self._turns) >= steps):
            excess = len(self._turns) - steps + 1  # one place is for the mark
            gone = {id(turn) for turn in self._turns[self._head : self._head + excess]}
            del self._turns[self._head : self._head + excess]
            self._calls = {key: turn for key, turn in self._calls.items() if id(turn) not in gone}
            self._left_out += excess
            self.shortened = True
        self._size = sum(turn.size() for turn in self._turns)
        while self._size > size - len(self._turns):  # what joins the parts of a step takes room, too
            self._most //= 2
            self.shortened = True
            for turn in self._turns:
                turn.shorten(self._most)
            self._size = sum(turn.size() for turn in self._turns)


def parts_text(field: str, content: object) -> str:
    """Return the text of a content: plain, or of parts of which only text and refusals can be kept as such.

    Raises:
        InvalidInput: naming the field, when it is of another kind.
    """
    if not isinstance(content, list):
        return intake.text(field, content)
    parts = intake.mappings(field, cast("object", content))
    return "\n".join(
        intake.text(field, part.get("text", part.get("refusal"))) or f"[{part.get('type', 'part')}]" for part in parts
    )


def _joined(before: str, after: str) -> str:
    return f"{before}\n{after}" if before else after


def _shortened(text: str, most: int) -> str:
    """Return text of at most `most` characters, its middle left out with a mark."""
    if len(text) <= most:
        return text
    half = (most - len(_CUT)) // 2
    return f"{text[:half]}{_CUT}{text[-half:]}"
