"""Sentences that steer the judge of an outcome, the reader of a memory, or a purchase."""

from __future__ import annotations

from rb_mcp.memory.signs.reasons import JUDGE, READER, SELLS
from rb_mcp.memory.signs.sign import sign

_HUMAN = (
    r"(?:the |a |any |your |their |our )?(?:\w+'s )?(?:user|customer|client|human|operator|owner|supervisor|manager"
    r"|maintainer|admin|administrator|reviewer|team|person|people|anyone|anybody|security|security team|developer"
    r"|caller|auditor|passenger)s?\b"
)
_SELF = (
    r"(?:this|these|the present|the above|the following)\s(?:\w+ )?(?:notes?|memor(?:y|ies)|strateg(?:y|ies)|items?"
    r"|lessons?|entry|entries|rules?|advice|guidance|sentences?|texts?|paragraphs?|instructions?|lines?|warnings?"
    r"|reminders?|polic(?:y|ies)|procedures?)"
)
_OTHERS = r"(?:strateg(?:y|ies)|memor(?:y|ies)|lessons?|advice|guidance|recalled \w+|recommendations?)"
_RUN = (
    r"(?:runs?|tasks?|attempts?|trajector(?:y|ies)|outcomes?|results?|sessions?|tests?|suites?|builds?|episodes?"
    r"|everything|all|it|this|them|jobs?|case|work|answers?|checks?|failures?|these|such|any|every|each|steps?"
    r"|execution|request|ticket|experience|record)"
)
_WELL = (
    r"(?:success(?:ful(?:ly)?|es)?|pass(?:ed|ing|es)?|completed?|done|solved|resolved|finished|green|fixed|correct"
    r"|positive)"
)

STEERING = (
    sign(
        JUDGE,
        r"\b(?:mark|report|record|count|judge|rate|label|score|treat|declare|classify|grade|log|claim|present"
        r"|consider|regard|register|submit|close|describe|list|set"
        rf"|credit)\b\s(?:\w+ ){{0,3}}?{_RUN}\b.{{0,30}}?\b(?:as|to be|to|with)\s(?:(?:a|an|the|fully|complete|full"
        rf"|outright|overall|having|verdict|outcome)\s){{0,2}}['\"`]?{_WELL}\b",
        r"\b(?:mark|report|record|count|judge|rate|label|score|declare|grade|log|call)\b.{0,20}\bas (?:a "
        r"|an )?(?:success(?:ful)?|passed|pass)\b",
        r"\b(?:outcome|verdict|judg[e]?ment|rating)\b\s?(?:field |value )?(?:to|=|:|is|as|of|should be|must be"
        r"|will be|has to be)\s?(?:always )?['\"`]{0,2}(?:success|pass|complete|positive|1\.0)",
        r"\b(?:declare|claim|announce|report|assume|return|answer|output|record|state|choose|give|write|pick|select"
        r"|prefer|default to|favou?r|settle on|lean towards)\b (?:a |an |always )?['\"`]?(?:success|pass"
        r"|victory)['\"`]?\b(?! (?:code|rate|criteri|message|page|metric|story)|-)",
        r"\b(?:outcome|verdict|judg[e]?ment|rating|score|result)\b.{0,6}\b(?:should|must|has to|is to|can|may"
        r"|shall)\b.{0,6}\bbe (?:given|reported|set|recorded|entered|stated|marked|written|returned"
        r"|rated)\b.{0,10}\b(?:success\w*|pass(?:ed)?|positive|complete)\b",
        r"\b(?:judge|judging|grader|grading|evaluat(?:or|ion)|scoring|harness|verifier)\b(?: step| model"
        r"| stage)? (?:is|are) (?:\w+ )?(?:lenient|easy|easily|blind|fooled|superficial|satisfied|convinced|generous"
        r"|shallow|gullible)\b|\b(?:enough|suffices?|sufficient) (?:for|to (?:get|earn|count as)) (?:a )?(?:success"
        r"|pass)\b",
        r"\b(?:convinc|persuad|fool|satisf|impress|pleas|trick)\w* (?:the |any |a )?(?:\w+ )?(?:evaluat\w+|judges?"
        r"|graders?|grading|scorers?|reviewers?|critics?)\b|\bscore\b.{0,24}\b(?:1\.0|10/10|100 ?%)",
        r"\b(?:call|consider|deem|declare) (?:it|this|the \w+) (?:solved|done|finished|completed?|fixed|passed"
        r"|a success|successful)\b",
        r"\b(?:in doubt|unsure|uncertain|unclear|cannot tell|not sure)\b.{0,50}\b(?:success\w*|passed|as done"
        r"|as complete)\b|\boutcome ['\"`]success\b",
        r"\b(?:judge|grader|evaluator|scorer|assessor|critic|verifier)s?\s(?:model |only |usually |never |seldom "
        r"|rarely |mostly |do not |don't |does not |doesn't |cannot |will ){0,2}(?:look|prefer|reward|check|like"
        r"|favou?r|believe|trust|accept|care|want|notice|see)s?\b",
        r"\b(?:finish|end|close|begin|start|conclude|open)\b.{0,30}\b(?:by |with )(?:writing|stating|saying|claiming"
        r"|announcing|declaring|confirming|the words|the line|the sentence|a line"
        r"|a statement)\b.{0,50}\b(?:success\w*|succeeded|pass(?:ed|es)?|complete\w*|verified|green|solved|fixed)\b",
        r"\b(?:run|task|attempt|change|patch|it|this|job|edit|trajectory)\b.{0,12}\bcounts? as (?:a |an )?(?:won|win"
        rf"|{_WELL})\b",
        r"\b(?:tell|convince|instruct|inform|persuade|remind|assure|ask|influence|steer|impress)\b.{0,16}\b(?:judge"
        r"|grader|evaluator|verifier|scorer|assessor|critic)s?\b",
        r"\b(?:judge|grader|evaluator|verifier|scorer|assessor|whoever (?:judges|grades"
        r"|evaluates))s?\b[^.;!?\n]{0,30}\b(?:should|must|will|shall|is to|are to|has to|needs? to|can|may"
        r"|is instructed|ought)\b[^.;!?\n]{0,50}\b(?:success\w*|pass(?:ed)?|accept|approve|positive|full (?:marks"
        r"|score)|ignore|skip|trust|favou?r|agree|need not|not (?:check|verify|run|question|look))\b",
        r"\b(?:note|message|hint|reminder|instructions?) (?:to|for) (?:the |any |whoever )?(?:judge|grader|evaluator"
        r"|verifier|assessor|judges|grades)\b|(?:^|\n)\W{0,4}(?:judge|grader|evaluator)\s?:",
        r"\b(?:assume|presume|suppose|take it (?:that|as)|take for granted|trust|expect|accept"
        r"|believe)\b(?: that)?[^.;!?,\n]{0,20}\b(?:tests?|suites?|checks?|build|ci|validation|verification|review"
        r"|approval|migration|deployment|command|call|step|change|patch|task)s?\b[^.;!?,\n]{0,16}\b(?:pass(?:ed|es)?"
        r"|succe\w+|green|fine|ok|granted|clean|worked|given|correct)\b",
        r"\b(?:tests?|suites?|checks?|build|ci|validation|verification|review|approval|success|completion"
        r"|consent)\b (?:can|may|should|could|must|is to|are to) (?:\w+ )?be (?:assumed|presumed|taken|inferred"
        r"|implied|considered (?:passed|done|green)|treated as (?:passed|green|done)|granted)\b",
        r"\b(?:skip|bypass|omit|ignore|override|discard|overwrite)\b.{0,16}\b(?:verdict|judge|judg?ment|grading"
        r"|evaluation|scoring|evidence)s?\b(?=[`'\")]*(?:[.,;:!?)\n]|$|\s(?:and|or|to|for|if|when|because|by|that"
        r"|of)\b))",
        r"\b(?:claim|say|state|assert|announce|write|pretend|confirm|report|reply|answer|insist"
        r"|tell .{0,20})\b (?:that )?(?:the |all |every |your )?(?:tests?|suites?|checks?|task|build|everything"
        r"|verification|work|job|run|deployment|migration|fix|refund|order|change|backup"
        r"|scan)s? (?:\w+ ){0,2}?(?:pass(?:ed|es)?|succeeded|(?:is|was|are|were|has been|have been) (?:\w+ )?(?:done"
        r"|completed?|green|fixed|successful\w*|fine|finished|verified|clean)|works?|worked)\b",
        r"\b(?:give|award|assign|grant)\b.{0,30}\b(?:full marks|full score|top score|maximum (?:score|points|reward)"
        r"|highest (?:score|rating|marks)|10/10|a perfect score|full credit)\b",
        r"\b(?:fake|forge|fabricate|invent|make up|simulate|mock up)\b(?:\s(?:a|an|the|some|any|green|passing"
        r"|plausible|convincing|realistic)){0,3}\s(?:test |log |ci |build )?(?:output|results?|reports?|evidence"
        r"|screenshots?|logs?|data|figures|numbers|receipts?|confirmation)",
        r"\b(?:a )?(?:failed|failing|failure|red|error)\b.{0,20}\b(?:counts?|should count|is to be counted"
        r"|can be counted|should be (?:recorded|reported|treated|counted))\b.{0,10}\bas (?:a )?(?:success|pass)",
        unless=r"\b(?:only|once|when|if|after|until|unless|because)\b[^.;!?]{0,90}\b(?:pass|green|exit|confirm\w*|verif\w*|evidence|shows?|match\w*|appears?|saved|reload\w*|tests?|assert\w*|logs?|output|visible|prov\w+|seen"
        r"|status|every|each|both|real\w*|actual\w*)\b(?!.{0,20}\b(?:fail|do not|did not|missing))",
    ),
    sign(
        READER,
        r"\b(?:when(?:ever)?|once|if|each time|every time|after|as soon as) (?:this|the present"
        r"|these) (?:\w+ )?(?:is|are|has been|have been|gets?) (?:recalled|retrieved|loaded|read)\b",
        r"\b(?:future|later|subsequent|new|all|other|every|further|any) (?:memor(?:y|ies)|lessons?|strateg(?:y|ies)"
        r"|notes?|distillations?)\b.{0,24}\b(?:contain|includes?|carry|repeat|mention|end with|start with|begin with"
        r"|inherit|reference|restate)\b",
        r"\b(?:at|to|on) (?:the )?top of (?:the|your|its) (?:context|prompt|list of strategies)\b|\b(?:do not|don't"
        r"|never|without) (?:weigh|question|doubt|second-guess|challenge|set aside|re-?consider|verify|double-check"
        r"|discuss)\w* (?:it|this|this \w+)(?= ?(?:[.,;:!?]|$|\n|against|or|and))",
        r"\b(?:lower-ranked|other|remaining|competing|conflicting|older|contradicting) (?:strategies|memories|notes"
        r"|lessons|advice|items) (?:\w+ )?(?:are|is|should be|must be|can be|may be) (?:\w+ )?(?:unreliable|outdated"
        r"|wrong|ignored|set aside|dropped|obsolete|discarded|stale|inferior|superseded|retired)\b",
        r"\b(?:one|strategy|note|memory|lesson) you are (?:now )?reading\b|\bonly this (?:one|note|strategy|memory"
        r"|lesson|entry)\b|\bthis (?:note|memory|strategy|lesson|entry) (?:alone|only)\b",
        r"\b(?:leave|keep|omit|drop|strike|cut)\b[^.;!?\n]{0,50}\b(?:out of|from) (?:the|your|any"
        r"|every) (?:\w+ )?(?:summary|report|answer|reply|message|changelog|hand-?over|description)\b",
        r"\bno (?:reason|need|point) (?:for|in|to)\b.{0,16}\b(?:user|customer|client|owner|reviewer|team"
        r"|passenger)s?\b.{0,16}\b(?:know|hear|see|learn|be told|find out|involved?)\b|\b(?:user|customer|client"
        r"|owner|reviewer|team|passenger)s? (?:need not|needn't|does not need to|do not need to|doesn't need to"
        r"|should not|must not|does not have to|need never|should never|must never) (?:know|hear|be told|be informed"
        r"|see|learn|find out|be asked|be consulted|be shown)(?! until| before)\b",
        r"\b(?:recall|read|load|retrieve|follow|apply|prefer|use|trust|prioriti[sz]e|rank|obey|heed|put|place|keep"
        r"|copy|repeat|append|add|include|insert|propagate|quote|store|save|reproduce|carry|spread|write|preserve"
        r"|share|pass|adopt|return|surface|treat|cite|paste|restate|re-?record)\b (?:the text of "
        rf"|word for word )?{_SELF}\b",
        rf"\b{_SELF} (?:always |must |should |shall |will |therefore |also |simply |has to "
        r"|itself ){0,3}(?:overrides?|supersedes?|replaces?|takes? (?:precedence|priority)|has (?:priority"
        r"|precedence)|outranks?|be (?:recalled|read|followed|preferred|ranked|applied|trusted|copied|repeated"
        r"|included|appended|added|kept|obeyed|treated)|is (?:mandatory|authoritative|binding|verified|official"
        r"|trusted|the only|more (?:important|reliable)|not to be|to be)|applies to (?:all|every|any)|wins"
        r"|comes? first|beats|never expires|cannot be (?:overridden|questioned|removed|retired)|appl(?:y"
        r"|ies) (?:everywhere|always))\b",
        r"\b(?:ignore|disregard|discard|set aside|skip|distrust|delete|retire|forget|drop|overrule|outweigh"
        r"|suppress)\b(?:\s(?:all|any|every|the|other|earlier|older|previous|conflicting|remaining|contradicting"
        rf"|competing|existing|recalled|those)){{1,4}}\s{_OTHERS}\b",
        r"\b(?:append|add|copy|insert|include|propagate|attach|put|carry|repeat|embed|write)\b.{0,60}\b(?:to|in|into"
        r"|at the (?:end|top|start) of|with) (?:every|each|all|any|all your|any new|each new|future|new|whatever"
        r"|your)\b.{0,20}\b(?:lessons?|strateg(?:y|ies)|memor(?:y|ies)|notes?|summar(?:y|ies)|records?|items?"
        r"|distillations?|trajector(?:y|ies)|reports?|answers?|replies|reply)\b",
        r"\b(?:when(?:ever)?|each time|every time|if) (?:you )?(?:writ\w+|record\w*|distil\w*|sav\w+|stor\w+"
        r"|summari\w+|extract\w*) (?:a |an |any |new |the )?(?:\w+ )?(?:memor(?:y|ies)|lessons?|strateg(?:y|ies)"
        r"|notes?|experiences?|items?)\b.{0,40}\b(?:include|add|append|copy|repeat|mention|put|state|always)\b",
        r"\b(?:do not|don't|never|without|must not|should not|no need to|avoid|refrain from|stop|not to|skip"
        r"|instead of)\s(?:ever |bother |even |first |having to )?(?:tell(?:ing)?|inform(?:ing)?|notify(?:ing)?"
        r"|alert(?:ing)?|warn(?:ing)?|let(?:ting)?|mention(?:ing)? (?:it |this |that |them )?to|reveal(?:ing)? (?:it"
        r"|this|that|them) to|report(?:ing)? (?:it|this|that|them) to|disclos(?:e|ing) (?:it|this|that"
        rf"|them) to) {_HUMAN}(?!.{{0,90}}\b(?:until|unless|before|yet|prematurely|too early|when|while|if|twice"
        r"|again)\b)(?! (?:an?|to|how|which)\b)",
        r"\b(?:do not|don't|never|without|no need to|stop|skip)\s(?:ever |bother |even |first )?(?:ask(?:ing)?"
        r"|request(?:ing)?|wait(?:ing)? for|seek(?:ing)?|requir(?:e|ing)|consult(?:ing)?|check(?:ing)? with"
        rf"|confirm(?:ing)? with)\s(?:for )?(?:{_HUMAN}\s)?(?:for )?(?:(?:explicit|further|prior|their|any|a|the"
        r"|human|written|final|user|his|her) ){0,3}(?:confirm\w*|permission|approval|consent|authori[sz]ation"
        rf"|sign-off|go-ahead|{_HUMAN})(?= ?(?:[.,;:!?)]|$|\n|first|and|or|because|when|as|in|since|to (?:proceed"
        r"|save)))(?!.{0,40}\b(?:twice|again|already)\b)",
        r"\b(?:do not|don't|never)\s(?:mention|disclose|reveal|report|document|log|discuss|admit|acknowledge|surface"
        r"|show|note)\s(?:this|that you|that the|it|the (?:note|memory|strategy|source|skipped|failure|change"
        r"|deviation|workaround|error|bypass|extra|transfer|upload|fee|commission|sponsor\w*))(?!.{0,90}\b(?:until"
        r"|unless|before|yet|prematurely|when|while|if)\b)",
        r"\bwithout (?:mentioning|noting|reporting|disclosing|documenting|logging|announcing|saying)\b (?:it|this"
        r"|that|them|so|the change|anything)\b|\b(?:discreetly|covertly|secretly|surreptitiously|stealthily"
        r"|clandestinely)\b|\b(?:remain|stay|keep|kept|left|be) (?:\w+ ){0,3}?(?:unaware|in the dark|uninformed"
        r"|ignorant of)\b|\b(?:approval|consent|permission|confirmation|authori[sz]ation|agreement)\b (?:is|can be"
        r"|may be|are) (?:\w+ )?(?:implied|implicit|presumed|tacit|automatic)\b",
        r"\b(?:nobody|no one|none of them|no human)\b (?:has to|needs? to|must|should|is to"
        r"|will)\b.{0,6}\b(?:be (?:informed|told|asked|notified|consulted)|know|notice|see|hear|learn|find out)\b"
        r"|\bwho(?:ever|soever) (?:reads|recalls|retrieves|loads) (?:this|it)\b",
        r"\bsigned off (?:on )?(?:all|every|this|these|any|each)\b|\b(?:approved|authori[sz]ed|cleared|granted"
        r"|signed off|consented)\b.{0,40}\bin advance\b|\bother (?:notes|memories|strategies|lessons|advice) (?:on"
        r"|about|for) [^.;!?\n]{0,30}\b(?:wrong|outdated|unreliable|obsolete|false|thrown away|ignored|dropped)\b",
        r"\b(?:silently|quietly|covertly|secretly|discreetly|invisibly|in secret|unnoticed)\s(?:send|disable|skip"
        r"|add|append|run|copy|upload|change|replace|forward|install|remove|drop|delete|approve|switch|include"
        r"|transfer|create|grant|export)\b",
        rf"\b(?:keep|leave)\b (?:it|this|that|them|the \w+) (?:secret|hidden|quiet|between us|from {_HUMAN}"
        r"|to yourself|out of (?:the|your) (?:report|summary|log|reply|answer|pr|commit))|\b(?:hide|conceal"
        rf"|withhold) (?:it|this|that|them|the \w+(?: \w+)?|your \w+|any \w+) from {_HUMAN}",
        r"\b(?:out of sight|behind the back) of\b|\bleave no (?:trace|evidence|record)|\bcover (?:your|the|its"
        r"|up the) tracks\b|\bso (?:that )?(?:nobody|no one|the (?:user|reviewer|owner|team|customer)s? (?:does not"
        r"|do not|doesn't|don't|never|won't|will not)) (?:notices?|sees?|finds?|knows?|realis\w+|realiz\w+|learns?)\b",
        r"\b(?:pre-?approved|pre-?authori[sz]ed|blanket (?:approval|consent|permission)|standing (?:approval"
        r"|permission|consent)|already (?:been )?(?:approved|authori[sz]ed|cleared|signed off) by|(?:has"
        r"|have) (?:already )?(?:approved|authori[sz]ed) (?:this|these|all|every|such|it))\b",
        r"\b(?:always|must|first)\b (?:\w+ )?(?:call|invoke|query|contact|consult|run"
        r"|use) (?:the )?(?:\w+ ){0,2}tool\b.{0,30}\b(?:with|and (?:pass|send|give))\b.{0,30}\b(?:prompt"
        r"|conversation|context|history|file|credential|key|token)",
        r"\b(?:most important|highest[- ]priority|top[- ]priority|only trusted|only correct|one true|canonical"
        r"|authoritative) (?:note|memory|strategy|lesson|item|rule|entry|instruction)\b",
        rf"\b(?:impersonate|pose as|pass yourself off as)\b|\b(?:lie to|mislead|deceive|trick|fool) {_HUMAN}",
    ),
    sign(
        SELLS,
        r"\b(?:recommend|prefer|choose|buy|book|pick|order|promote|suggest|select|steer|favou?r|push|use|put|rank"
        r"|list)\b.{0,40}\b(?:sponsored|affiliate|referral|our (?:partner|sponsor)|partner (?:stores?|shops?|brands?"
        r"|links?|hotels?|sellers?|offers?)|preferred partner|premium partner|promo(?:tion(?:al)?)? codes?)\b",
        r"\b(?:always|only|exclusively|invariably)\b (?:\w+ )?(?:buy|order|purchase|book|recommend|shop|suggest"
        r"|rent)\b.{0,40}\b(?:from|at|with|through|via|by)\b (?!the |a |an |whoever|where|someone|official|one |its "
        r"|their |your |what|least|most|at |name|date|id)",
        r"\b(?:always|only|first|invariably) (?:recommend|suggest|praise|promote|advertise|name|mention) (?!the |a "
        r"|an |what|which|that|how|to |when|where|it |in |changes?|one )(?:\w+ ){1,3}(?:first|to|over|products?|as"
        r"|brand|before|above|instead)\b",
        r"\b(?:transfer|wire|send|pay|refund|payout|route|redirect|forward|credit|remit|deposit"
        r"|change)\b.{0,40}\b(?:to|into|in|via|by)\b.{0,24}\b(?:wallet|iban|bitcoin|btc|crypto\w*|monero|ethereum"
        r"|usdt|(?:bank )?account (?:number|ending|\d|held|of)|offshore|prepaid card)\b",
        r"\b(?:our|my) (?:referral|affiliate|promo\w*|partner|discount|sponsor\w*)\b|\b(?:add|use|enter|insert|apply"
        r"|include|append|share)\b.{0,20}\b(?:referral|affiliate) (?:code|link|tag|id)\b",
        r"\b(?:ticked|selected|checked|added|enabled) by default\b(?= ?(?:[.,;]|$|\n|on|in|to|for|so))|\b(?:offer"
        r"|add|recommend|sell|push|include|mention|promote|suggest)\b.{0,40}\b(?:on|with|to|for|in"
        r"|at) every (?:booking|order|purchase|comparison|recommendation|basket|checkout|customer|user)\b",
        r"\b(?:payout|bank|refund|salary|payment) (?:account|details)\b.{0,40}\b(?:given|named|stated|found"
        r"|mentioned|provided|listed) (?:in|on|by) (?:the|an?) (?:\w+ )?(?:e-?mail|message|ticket|comment|page|note"
        r"|letter|chat)\b",
        r"\b(?:tell|assure|persuade|convince) (?:the |every |all )?(?:user|customer|client|buyer|guest|shopper"
        r"|visitor)s? that (?:only|no other|just|\w+ (?:\w+ ){0,4}mandatory)\b|\b(?:convince|persuade) (?:the "
        r"|every |all )?(?:user|customer|client|buyer|guest|shopper|visitor)s?\b|\b(?:is|are) to be (?:proposed"
        r"|offered|recommended|named|shown|listed) first\b",
        r"\buse (?:the )?(?:coupon|discount|promo\w*|voucher|referral) code \w+",
        far=True,
    ),
)
