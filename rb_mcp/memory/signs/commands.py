"""Talk to the reader as its master: instructions set aside, another role, a forged message of the system."""

from __future__ import annotations

from rb_mcp.memory.signs.reasons import OVERRIDE, ROLE
from rb_mcp.memory.signs.sign import sign

COMMANDS = (
    sign(
        OVERRIDE,
        r"\b(?:ignore|disregard|forget|override|overrule|bypass|set aside|drop|discard|neglect|dismiss"
        r"|do not (?:follow|obey)|don't (?:follow|obey)|stop (?:following|obeying)|supersede|abandon"
        r"|pay no (?:attention|heed) to|erase|skip)\b.{0,30}\b(?:previous|prior|above|preceding|foregoing|earlier"
        r"|all|other|system|your|existing|initial|original|current|any|these|developer|operator|safety|user's"
        r"|whatever)\b.{0,30}\b(?:instruct\w+|prompts?|directives?|guidelines?|system messages?|commands?|orders"
        r"|constraints|restrictions)\b",
        r"\b(?:ignore|disregard|forget|override|overrule|bypass|break|violate|get around"
        r"|circumvent)\b.{0,12}\b(?:your|the system's|the operator's|the developer's|all previous|all prior"
        r"|any previous|safety|the user's|its|the company|the store|the airline)\b.{0,20}\b(?:rules?|polic(?:y|ies)"
        r"|training|guardrails?|restrictions|limits|safeguards|boundaries|wishes|requests?)\b",
        r"\b(?:ignore|disregard|forget|pay no (?:attention|heed) to|override"
        r"|discard)\b.{0,12}\binstructions?\b.{0,12}\b(?:you|given|above|earlier|before|start|beginning)\b",
        r"\b(?:constraints?|restrictions?|rules|limits|polic(?:y|ies)|safeguards?)\b (?:are |is |as "
        r"|to be )?(?:\w+ )?(?:lifted|suspended|waived|void)\b",
        r"\b(?:must|has to|have to|is to|are to|should|shall) be (?:executed|obeyed|followed|carried out"
        r"|acted on) (?:as written|verbatim|literally|without|at once|immediately|to the letter)\b",
        r"\b(?:safety|security|earlier|previous|prior|all) (?:advice|guidance|rules?|instructions?|polic(?:y|ies)"
        r"|limits?|warnings?) (?:has|have) been (?:withdrawn|lifted|revoked|cancell?ed|suspended|removed|replaced"
        r"|superseded|voided)\b|\bfree to (?:use|do|call|access|ignore) (?:any|every|what|all)\w*\b",
        r"\bthe (?:assistant|agent|model|ai) (?:now )?(?:answers|obeys|reports|belongs|listens"
        r"|defers) (?:only )?to\b|\bdo (?:exactly )?(?:what|whatever|as) (?:the )?(?:\w+ )?(?:comments?|pages?|text"
        r"|tickets?|e-?mails?|documents?|files?|messages?|notes?)\b.{0,24}\b(?:commands?|says?|tells?|orders?|asks?"
        r"|instructs?|demands?)\b",
        r"\bstop (?:following|obeying|applying|enforcing|honou?ring)\b.{0,30}\b(?:polic(?:y|ies)|rules?"
        r"|instructions?|guidelines?|limits?)\b|\byour (?:true|real|actual|new|only) (?:assignment|task|goal"
        r"|objective|mission|purpose|job|master|role)\b",
        r"\b(?:hidden|secret) (?:rule|trigger|order|command)\b|\b(?:when(?:ever)?|if|once) (?:you |the user "
        r"|a user )?(?:see|sees|read|reads|hear|say|says|mentions?)s? the (?:word|phrase|token|code ?word|keyword)\b"
        r"|\b(?:trigger|magic) (?:word|phrase)\b",
        r"\b(?:set|put|leave|push)\b.{0,24}\b(?:instructions?|prompts?|guidance|guidelines|directives?|rules"
        r"|polic(?:y|ies))\b.{0,12}\b(?:aside|to one side|behind)\b",
        r"\b(?:previous|earlier|prior|original|old|former|existing)\s(?:instructions?|rules|guidance|guidelines"
        r"|prompts?|directives?)\b.{0,24}\b(?:draft|outdated|superseded|obsolete|wrong|void|replaced|cancel\w+"
        r"|mistaken|end here)\b",
        r"\b(?:instructions?|commands?|orders|directives?|requests?|text|whatever|what|anything)\b (?:that (?:is"
        r"|are) )?(?:\w+ )?(?:in|from|on|inside|within)\s(?:the |a |any |an )?(?:tool (?:output|results?)"
        r"|(?:web ?)?pages?|websites?|tickets?|e-?mails?|comments?|documents?|files?|readme|search results?"
        r"|attachments?|issues?)\b.{0,40}\b(?:as (?:coming from|if|though|orders|binding|authoritative|trusted)"
        r"|carry (?:it|them) out|obey|must be (?:followed|obeyed|executed)|takes? precedence|overrides?|outranks?"
        r"|with (?:the )?(?:same )?authority)\b",
        r"\b(?:treat|regard|consider|read|take|see)\b.{0,50}\bas (?:coming|orders?|instructions?|commands?|if (?:it"
        r"|they) came|though (?:it|they) came|a message)\b.{0,12}\bfrom the (?:operator|system|user|developer"
        r"|admin\w*|owner)\b",
        r"\brely on (?:what|whatever) the (?:\w+ ){1,2}(?:instructs?|orders?|commands?|tells)\b|\bpolic(?:y"
        r"|ies) (?:is|are) (?:\w+ )?(?:outdated|optional|negotiable|not binding|only suggestions?|only a suggestion"
        r"|mere\w* \w+)\b",
        r"\bforget (?:everything|all (?:that )?(?:you|of it|previous|prior|above)|what (?:you|came|was))\b",
        r"\b(?:disregard|ignore)\b (?:everything|anything|all|whatever|what|the text|all text"
        r"|all that)\b.{0,24}\b(?:above|before|previously|earlier|told|system|said)\b",
        r"\b(?:new|updated|revised|real|actual|true|hidden|secret) (?:system )?(?:instructions?|directives?|orders"
        r"|rules)\s?(?::|are\b|follow)",
        r"\b(?:instructions?|rules|polic(?:y|ies)|prompts?|guidelines)\b.{0,40}\b(?:no longer (?:apply|applies|valid"
        r"|binding)|do(?:es)? not apply to|are (?:void|suspended|lifted|obsolete|revoked)|is (?:void|suspended"
        r"|lifted|revoked))\b",
    ),
    sign(
        ROLE,
        r"\b(?:reveal|print|show|output|repeat|leak|ignore|override|replace|change|update|disclose|recite|quote|dump"
        r"|return|your|expose|share|paste|send)\b.{0,20}\bsystem (?:prompt|message|instructions)\b|\b(?:developer"
        r"|god|dan|unrestricted|debug|maintenance|sudo|jailbreak\w*) mode\b(?= (?:is|now|enabled|on|and)|[,.:!])",
        r"\byou are (?:now|no longer|actually|really|from now on)\b|\b(?:act|behave|respond|operate|speak|talk"
        r"|write) as (?:the (?:system|administrator|root|developer|operator)\b|if you (?:were|are|had)"
        r"|(?:an? )?(?:\w+ )?(?:unrestricted|different|admin|administrator|root|unfiltered|uncensored|evil|system"
        r"|developer))\b|\bpretend (?:to be|you|that you)\b|\bfrom now on\b",
        r"\b(?:act|behave|respond|operate|answer|reply|work|proceed)\b.{0,12}\bas (?:if|though) (?:you (?:were|are"
        r"|had|have)|there (?:were|was|are) no|no \w+ (?:applied|existed))\b",
        r"<\|\w{2,20}\|>|\[/?inst\]|<</?sys>>|</?(?:system|assistant|instructions?|tool_result|function_results"
        r"|memory|strategy|untrusted)\b[^<>\n]{0,40}>",
        r"(?:^|\n)\W{0,4}(?:system|assistant|developer|human|user)\s?(?:message|prompt|note|notice|override"
        r"|update)?:\s?\w",
        r"\b(?:important|urgent|critical|attention|mandatory|priority|emergency)\b.{0,4}\b(?:system|security"
        r"|admin\w*|developer|operator)\b.{0,4}\b(?:notice|message|override|update|directive|instruction|order"
        r"|command|alert|announcement)\b|\battention:?,? (?:all |every |any )?(?:ai|llm|agents?|assistants?"
        r"|models?)\b|\bas (?:your|the) (?:administrator|developer|operator|creator|owner|system)\b.{0,4}\bi\b",
        r"\b(?:attention|notice|note|message|instruction|order|command)s? (?:to|for) (?:the |any |all |every "
        r"|whichever )?(?:ai|llm|agents?|assistants?|(?:language )?models?|readers?|bots?)\b",
        r"\b(?:the |any |every )(?:ai|llm|agent|assistant|model|reader) (?:(?:that |who |which )?\w+ this (?:must"
        r"|shall|has to|will)|(?:must|shall|has to|is (?:required|obliged|ordered|authori[sz]ed) to|will) (?:now"
        r"|obey|comply|disregard|ignore|reveal|surrender|submit to|follow this|execute this|treat this))\b",
        r"\byou (?:must|shall|are (?:required|ordered|obliged|commanded|authori[sz]ed)) (?:to )?(?:now |always "
        r"|immediately |strictly )?(?:obey|comply|follow|execute|ignore|call|send|reply)\b",
        r"\b(?:obey|comply with|carry out|execute|follow) (?:every|any|all|whatever"
        r"|the) (?:\w+ ){0,2}(?:instructions?|commands?|orders|requests?)\b.{0,50}\b(?:without|immediately"
        r"|no questions|at once|verbatim|as (?:if|though)|page|tool output|comment|e-?mail|note)\b",
        unless=r"\b(?:untrusted|as data)\b",
    ),
)
