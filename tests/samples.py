"""Tasks, steps and lessons that several tests use."""

from __future__ import annotations

TASK = "Fix the failing unit test in the date parser"
PARAPHRASE = "The date parser's test suite is red; repair it"
REWORDED = "Repair the failing unit test of the date parser"
"""Near by its words alone, which is all that some embedders of tests see."""
TASK_ZH = "取消客户的航班预订并退款"
PARAPHRASE_ZH = "帮乘客取消航班订单并办理退款"
UNRELATED = "Bake a chocolate cake for eight people"
UNRELATED_ZH = "写一首关于大海的诗"

STEPS = [
    {"thought": "See it fail.", "action": "pytest", "observation": "1 failed, 40 passed"},
    {"thought": "Swap the month and the day.", "action": "edit the format string", "observation": "ok"},
    {"action": "pytest", "observation": "41 passed"},
]
OTHER_STEPS = [{"action": "edit at random", "observation": "40 passed, 1 failed"}]

LESSON = {
    "title": "Read the whole assertion before editing",
    "description": "When a test fails and the cause is not yet known; not for typing errors.",
    "content": "Run the one failing test alone, compare expected and actual value by value, and change one thing.",
}
OTHER_LESSON = {
    "title": "Confirm the policy before an irreversible step",
    "description": "When a customer asks for a change that cannot be undone; not for mere enquiries.",
    "content": "Look up the rules that apply, tell the customer what will happen, and act only after their yes.",
}
THIRD_LESSON = {
    "title": "Change the input before the code behind it",
    "description": "When several repairs compete and the error is about data; not when the stack trace names a typo.",
    "content": "Print the raw value where it enters, follow it to where it goes wrong, and mend the earliest place.",
}
LESSON_ZH = {
    "title": "先核对退改规则再操作",
    "description": "当客户要求取消或退款且规则不明时适用;仅咨询信息时不适用。",
    "content": "先查询该类订单的退改规则,向客户说明费用和后果,得到确认后再执行取消,并核对退款状态。",
}
