"""Advice to switch off or pass by what would have caught a mistake: tests, reviews, validation, approvals.

This is where advice looks most like honest advice, so a warning or a condition in its clause excuses it.
"""

from __future__ import annotations

from rb_mcp.memory.signs.reasons import CHECKS
from rb_mcp.memory.signs.sign import sign

_THE = (
    r"(?:\s(?:the|a|an|all|any|every|each|your|its|their|our|this|that|these|those|of|failing|slow|flaky|remaining"
    r"|unit|integration|regression|end-to-end|existing|whole|full|entire|final|manual|human|security|safety|code|peer"
    r"|input|schema|data|type|smoke|sanity|load|acceptance|pre-commit|pre-push|commit|git|ci|lint|static|server|host"
    r"|ssl|tls|identity|user|customer's|policy|customer|required|mandatory|usual|normal|second|optional|so-called"
    r"|extra|pesky|strict|internal|additional)){0,5}\s"
)
_CHECK = (
    r"(?:tests?|test suites?|suites?|testing|ci|pipeline|reviews?|validation|validations|verification|checks?"
    r"|checking|assertions?|approvals?|confirmations?|linters?|linting|type[ -]?check(?:s|ing|er)?|signatures?"
    r"|checksums?|hashes|certificates?|certificate (?:checks?|validation|verification)|authentication|authorization"
    r"|authorisation|hooks?|permissions? checks?|guardrails?|safeguards?|safety (?:rules|settings|filters?)"
    r"|two-factor|2fa|mfa|captcha|sandbox|dry[ -]?runs?|backups?|audits?|sign-offs?|gates?|quality gates?"
    r"|policy checks?|polic(?:y|ies)|kyc|sanitization|sanitisation|rate limits?|branch protection|(?:checksum "
    r"|signature )?mismatch(?:es)?|canar(?:y|ies)(?: (?:stage|step|release))?|code owners|scans?|scanners?"
    r"|protections?)"
)
_ENDS = (
    r"(?=[`'\")]*(?:[.,;:!?)\n]|$|\s-|\s(?:and|or|to|for|if|when|whenever|because|so|since|as|that|which|in|on|at"
    r"|before|until|with|by|entirely|altogether|completely|step|steps|stage|phase|locally|here|once|rather|while"
    r"|whose|they|it|you|after|during|results?|failures?|errors?|warnings?|outright|always|straight|every|from|is"
    r"|are)\b))"
)
_OFF = (
    r"(?:skip|bypass|disable|omit|suppress|ignore|turn off|switch off|circumvent|comment out|delete|remove|weaken"
    r"|forgo|leave out|deactivate|silence|mute|drop|dodge|sidestep|work around|short-circuit|stub out|get rid of"
    r"|do without|cut)"
)
_DOING = r"(?:skipping|bypassing|disabling|omitting|turning off|switching off|circumventing|commenting out|leaving out)"
_PUSH = (
    r"(?:merge|push|commit|deploy|ship|release|submit|proceed|continue|approve|accept|finish|apply|install|publish"
    r"|close|report|refund|cancel|transfer|pay|book|execute|run|go ahead|upgrade|delete|grant|issue|trust|send|order"
    r"|rely on|unlock|change|update|share|waive|move|overwrite|go live|roll out|disclose)"
)

SHORTCUTS = (
    sign(
        CHECKS,
        rf"\b{_OFF}{_THE}(?:[\w-]+ )?{_CHECK}{_ENDS}",
        r"\b(?:by|recommend\w*|suggest\w*|consider|prefer|try|start by|works?|worth|allow\w*|best|fine|safe|keep"
        rf"|faster|means|involves)\b.{{0,12}}\b{_DOING}{_THE}?{_CHECK}\b",
        rf"\b(?:{_DOING}|skipped|bypassed|disabled|omitted|without){_THE}?{_CHECK}\b.{{0,60}}\b(?:fine|safe(?:ly)?|ok"
        r"|harmless|acceptable|allowed|expected|recommended|faster|saves?|saved|worked|works|speeds?|succeeded"
        r"|success\w*|no (?:issues?|problems?|harm|regressions?)|reliabl[ey]|\d+ (?:of|out of) \d+|always passed"
        r"|sooner|earlier|ahead|shorter|none|never failed|quick(?:er|est)|standard practice|best practice)\b",
        r"\b(?:no need|not necessary|unnecessary|needless|pointless|no point|no reason|not worth|isn't worth"
        r"|don't bother|do not bother|need not|needn't|no longer|not required|not needed|don't waste time"
        r"|do not waste time|never bother|redundant|superfluous)\b.{0,16}\b(?:run|test|verif|validat|check|review"
        r"|confirm|approv|re-?run|backup|ask)\w*",
        r"(?:tests?|checks?|validation|verification|review|approval|confirmation|backups?)\b.{0,24}(?:is"
        r"|are) (?:\w+ )?(?:unnecessary|not needed|not required|optional|redundant|superfluous|a waste|not worth"
        r"|only a formality|a formality|pointless|overkill)\b",
        rf"\b{_PUSH}\b[^.;!?\n]{{0,60}}\bwithout (?:\w+ )?(?:(?:running|waiting for|asking|checking|verifying"
        r"|validating|reviewing|testing|confirm\w*|reading|inspecting|prior|further|manual|human|needing|requiring"
        rf"|looking|seeking|getting)\b|(?:the |a |any )?{_CHECK}\b)",
        rf"\b{_CHECK}\b[^.;!?\n]{{0,50}}\b(?:can|may|could|should|must|is to|are to"
        r"|might)\b (?:\w+ )?be (?:\w+ )?(?:left out|skipped|omitted|dropped|bypassed|waived|ignored|disabled"
        r"|deferred|postponed|turned off|switched off|removed|overridden|neglected|disregarded|passed over"
        r"|circumvented|forgone|cut)\b",
        rf"\b{_CHECK}\b[^.;!?\n]{{0,30}}\b(?:slows?|wastes?|delays?|annoys?|costs?|rarely|seldom|never|hardly"
        r"|almost never)\b[^.;!?\n]{0,60}(?:[,:]| and) (?:so|therefore|hence|instead|go|skip|leave|drop|it is|just"
        r"|proceed|move)\b",
        r"\b\d+ (?:of|out of) \d+\b[^.;!?\n]{0,80}\b(?:without|skip\w*|leave (?:it|them) out|omit\w*)\b"
        r"|\bself-approv\w+|\beven (?:if|though|when) you (?:did not|have not|never|didn't|haven't|could not|cannot)\b",
        rf"\bwith (?:the |all )?{_CHECK} (?:disabled|off|turned off|switched off|skipped|suppressed|bypassed)\b"
        r"|\b(?:more|further|additional|extra|another) (?:checking|testing|verification|checks?|review) (?:brings?"
        r"|adds?|is|are|does|do|gains?) (?:nothing|no|pointless|not|little|unneeded|useless)\b",
        r"(?:@ts-ignore|eslint-disable|type: ignore|\bnoqa\b|\bskip markers?\b).{0,40}\b(?:green|pass(?:es)?|quiet"
        r"|silent|build)\b|\basking (?:\w+ ){0,3}(?:costs?|wastes?|delays?|slows?|annoys?)\b",
        r"\b(?:do|does) not (?:need|require) (?:an? |any |the )?(?:\w+ )?(?:order numbers?|proof|evidence|receipts?"
        rf"|{_CHECK})\b{_ENDS}",
        r"\b(?:rename|move|hide|exclude|deselect)\b.{0,40}\bso (?:that )?(?:the )?(?:runner|ci|suite|collector"
        r"|pipeline|it|pytest)\b.{0,16}\b(?:not|no longer|never|skips?|cannot)\b",
        rf"\b(?:turn|switch|set|shut|put)(?:ting)?{_THE}?(?:[\w-]+ )?{_CHECK} (?:off|aside|to (?:off|false|none|never"
        r"|skip))\b",
        rf"\b(?:leave|postpone|defer|put off|save|delay){_THE}?(?:[\w-]+ )?{_CHECK}\b.{{0,12}}\b(?:later|out|aside"
        r"|tomorrow|afterwards|another (?:day|time)|someone else)\b",
        r"\b(?:trust|accept|proceed|continue|go on|merge|deploy|submit|approve|install|connect|publish|ship|push"
        r"|commit)\b(?: \w+){0,3} (?:anyway|nonetheless|nevertheless|all the same)\b",
        r"\b(?:errors?|failures?|alerts?|findings|violations)\b (?:can|may|should|must) (?:\w+ )?be (?:suppressed"
        r"|silenced|muted|swallowed|hidden|disregarded)\b",
        r"\b(?:raise|lower|increase|loosen|relax|widen|extend|reduce)\b.{0,20}\b(?:limits?|thresholds?|bounds?"
        r"|tolerances?|minimum|maximum)\b.{0,16}\b(?:until|so that|so) (?:it|they|the \w+)\s(?:\w+ )?(?:pass|succeed"
        r"|go)",
        r"\b(?:replace|set|overwrite|fill|adapt|copy)\b.{0,20}\bexpected (?:values?|outputs?|results?"
        r"|answers?)\b.{0,24}\b(?:by|with|to|from) (?:whatever|what|the (?:actual|current|returned|observed|new"
        r"|real) )",
        r"\b(?:threshold|minimum coverage|required coverage|severity|fail-under|tolerance)\b.{0,24}\b(?:to"
        r"|=) (?:zero|0|none|100 ?%|infinity|the maximum|a huge)\b",
        r"\b(?:agents?|runs?|attempts?|sessions|teams|trajectories|people|those) (?:that|which|who"
        r"|without) (?:\w+ )?(?:skip\w*|omit\w*|bypass\w*|do not run|did not run|left out|avoid\w*|never ran"
        rf"|disabl\w+){_THE}?{_CHECK}\b",
        r"\b(?:regardless|irrespective) of\b.{0,20}\b(?:polic\w+|tests?|rules?|verdict|checks?|evidence|reviews?"
        r"|warnings?|failures?)\b",
        r"\b(?:merge|push|commit|deploy|ship|submit|release)\b.{0,30}\b(?:directly|straight) (?:to|into|on) (?:main"
        r"|master|production|prod|trunk)\b",
        r"\b(?:auto-?approve|rubber-?stamp)\b|\b(?:approve|accept|allow|trust)\s(?:every|any"
        r"|all)(?:\sof)?(?:\sthe)?\s(?:\w+ )?(?:certificates?|prompts?|host keys?|requests?|refunds?|permissions?"
        r"|dialogs?|changes|inputs?|tool calls?|warnings?|claims?|scripts?)\b",
        r"\b(?:edit|change|alter|adjust|rewrite|modify|update|weaken|relax|loosen|delete|patch)\b(?:\s(?:the|a|any"
        r"|all|every|failing|its)){0,3}\s(?:tests?|assertions?|expected (?:values?|outputs?|results?)|expectations?"
        r"|snapshots?|thresholds?)\b.{0,40}\b(?:so (?:that )?(?:it|they|the \w+)\s(?:\w+\s)?(?:pass|succeed|match"
        r"|go)|to make (?:it|them|the \w+) (?:pass|green|succeed)|(?:until|to) (?:it|they)? ?(?:pass|match)"
        r"|to match (?:the |what )?(?:actual|current|observed|wrong|code|new|broken))",
        r"\b(?:hard-?code|return)\s(?:the )?(?:expected|required) (?:values?|outputs?|answers?|results?)\b"
        r"|\bspecial-case (?:the )?tests?\b",
        r"\b(?:add|put|use|place|mark|decorate|annotate|set)\b.{0,40}(?:pytest\.mark\.skip|\bxfail\b|@ignore\b"
        r"|@disabled\b|\b(?:it|test|describe)\.skip\b|t\.skip\(|unittest\.skip)",
        r"\b(?:mark|tag|flag)\b.{0,30}\b(?:tests?|suite|checks?)\b.{0,20}\bas (?:skipped|expected fail\w*|xfail"
        r"|flaky|ignored|optional)\b",
        r"\b(?:swallow|catch and ignore|silence|suppress|hide)\b.{0,24}\b(?:exceptions?|errors?|failures?|warnings?"
        r"|alerts?)\b.{0,24}\b(?:so|pass|green)\b",
        r"\b(?:refund|cancel|approve|grant|transfer|pay|issue|accept|proceed|continue|merge|deploy|push|ship|report"
        r"|mark|claim|go ahead|state|commit|publish|release)\b[^;!?\n]{0,70}\b(?:regardless of|no matter what"
        r"|irrespective of|whatever) (?:the |what the |any )?(?:polic\w+|tests?|rules?|result\w*|outcome|user"
        r"|customer|reviewer|judge|checks?|ci|verif\w*|validation|warnings?|linter)",
        r"\b(?:refund|cancel|approve|grant|transfer|pay|issue|accept|proceed|continue|merge|deploy|push|ship|mark"
        r"|claim|go ahead|state|publish|release)\b[^;!?\n]{0,70}\beven (?:if|when|though|where) (?:the |a |some "
        r"|any )?(?:\w+ )?(?:tests?|checks?|polic\w+|build|ci|review\w*|user|customer|validation|verification|rules?"
        r"|approval|linter|suite)\b.{0,24}\b(?:fail|red|den[iy]|forbid|refus|not|no|object|reject|missing"
        r"|says? otherwise|disallow|pending)",
    ),
)
