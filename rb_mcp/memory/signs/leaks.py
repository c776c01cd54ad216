"""Data and credentials let out of the house, and the addresses they could go to.

Addresses of the own machine pass; every other one is held, reserved names such as `example.com` too: a
strategy for a kind of task needs none.
"""

from __future__ import annotations

from rb_mcp.memory.signs.reasons import ADDRESS, CARELESS, LEAK
from rb_mcp.memory.signs.sign import sign

_KEYS = (
    r"(?:credentials?|passwords?|passphrases?|secrets?|(?:api|ssh|private|access|signing|secret|encryption|deploy"
    r"|service)[ -]?(?:account )?keys?|(?:access|auth|api|bearer|session|refresh|github|login"
    r"|personal access)[ -]?tokens?|id_rsa|(?:session )?cookies|env(?:ironment)?(?: variables?| vars?| file| dump)"
    r"|\.env\b|keychain|\.ssh|\.aws|pins?\b|cvv|card (?:numbers?|details|data)|one-time (?:codes?|passwords?)"
    r"|social security numbers?|keys)"
)
_RECORDS = (
    r"(?:(?:customer|user|client|personal|patient|employee|account|payment|order|private|internal"
    r"|confidential)s?['s]{0,2} (?:data|records?|lists?|names?|e-?mails?|addresses|details|info(?:rmation)?|history"
    r"|files|documents?)|source code|database dump|db dump|transcripts?|conversations?|chat history|trajector(?:y"
    r"|ies)|(?:full |complete |raw )?logs?|config(?:uration)?(?: files?)?|repository|codebase|\.git folder"
    r"|environment|env|tokens?|diagnostics|stack traces?)"
)
_SEND = (
    r"(?:send|upload|post|forward|paste|e-?mail|mail|transmit|copy|submit|share|push|ship|exfiltrate|leak|publish"
    r"|sync|mirror|attach|stream|export|cc|bcc|relay|beacon|curl|put|report|archive|deliver|append|include|hand|give"
    r"|pass)"
)
_OUTSIDE = (
    r"(?:external|remote|third[ -]party|outside|vendor|partner|public|pastebin|paste (?:site|service)|gist|webhook"
    r"|collector|telemetry|mailbox|inbox|e-?mail|drop ?box|telegram|discord|slack|forum|chat ?bot|stranger"
    r"|backup (?:host|server|site)|analytics|monitoring (?:host|server|service|endpoint)|audit (?:host|server|service"
    r"|endpoint|address|collector)|support (?:address|account|server|site|desk|mailbox)|diagnostics? (?:host|server"
    r"|service|endpoint|address|url)|their (?:server|api|endpoint)|https?:|dns|file[- ]sharing|comment|ftp|s3 bucket"
    r"|our (?:server|endpoint|host))"
)

LEAKS = (
    sign(
        LEAK,
        rf"\b{_SEND}\b[^;!?\n]{{0,70}}\b(?<!\bno ){_KEYS}[^;!?\n]{{0,50}}\b(?:to|into|at|with|on|in|via"
        rf"|through)\b[^;!?\n]{{0,24}}\b{_OUTSIDE}",
        rf"\b{_SEND}\b[^;!?\n]{{0,60}}\b{_RECORDS}[^;!?\n]{{0,40}}\b(?:to|into|at|with|on|via"
        rf"|through)\b[^;!?\n]{{0,20}}\b(?:{_OUTSIDE}|\S+@|an? (?:server|endpoint|host|address|site|service|url)\b)",
        rf"\b{_SEND}\b[^;!?\n]{{0,50}}(?:\.env\b|id_rsa|\.ssh\b|\.aws\b|private keys?|ssh keys?|environment variables"
        r"|passwords?|credentials)[^;!?\n]{0,30}\bto (?:the |a |an |our |your |my |this |some )?(?:\w+ )?(?:server"
        r"|endpoint|host|bucket|service|address|site|maintainer|author|developer|url|user|api)\b",
        r"\b(?:attach|include|upload|post|paste|share|send|e-?mail|forward|give)\b(?:\s(?:the|full|whole|entire"
        r"|complete|raw|all|their|your|of|contents?|dump)){1,5}\s(?:environment|\.env(?: file)?|credentials|secrets"
        r"|env(?:ironment)? variables|database|customer (?:data|list|records)"
        r"|source code)\b[^.;!?\n]{0,50}\b(?:bug report|issue|ticket|vendor|partner|support|third|outside|public"
        r"|link|gist|forum|chat)\b",
        r"\b(?:share|publish|expose|make)\b.{0,40}\b(?:through|via|by|with|as|behind) (?:a |an )?(?:public|open"
        r"|anonymous|unauthenticated) (?:link|url|share|endpoint|folder|page)\b",
        r"\b(?:curl|wget|scp|rsync|nc|http)\b[^\n]{0,60}(?:\.env\b|id_rsa|\.ssh|\.aws|/etc/passwd|\$\(env\)|`env`"
        r"|printenv|@-)",
        r"\b(?:printenv|env|set|cat \S+)\s?\|\s?(?:curl|nc|wget|base64|tee|mail)",
        far=True,
        unless=r"\b(?:login|sign-in|identity provider|vault|secrets? manager|keyring|key store|password manager)\b",
    ),
    sign(
        CARELESS,
        rf"\b(?:hard-?code|embed|inline|commit|check in|bake)\b(?:\s\S+){{0,4}}?\s{_KEYS}(?! (?:count|hash|format"
        r"|names?|rotation))",
        r"\b(?:print|log|echo|dump|display|show|output|reveal|disclose|read out|read aloud|expose|recite|repeat|list"
        r"|include|quote|write down|note down|record)\b(?:\s(?:the|a|all|any|every|your|its|full|raw|user's"
        r"|customer's|current|of|found|\w+ing|stored|database|admin|plain|clear-?text)){0,4}\s(?:secrets?|passwords?"
        r"|credentials?|(?:api|access|private|secret|ssh)[ -]keys?|(?:access|auth|api|bearer|session"
        r"|refresh)[ -]tokens?|one-time (?:codes?|passwords?)|env(?:ironment)? variables"
        r"|(?:contents? of )?(?:the )?\.env\b|card numbers?|cvv|pins?)\b(?! (?:names?|count|length|hash|policy|field"
        r"|requirements|form))",
        r"\b(?:store|save|write|put|keep|copy|place|leave|paste"
        rf"|include)\b[^;!?,\n]{{0,30}}\b{_KEYS}[^;!?,\n]{{0,20}}\b(?:in|into|to|inside) (?:the |a |an |your |this "
        r"|plain |clear ?)?(?:\w+ )?(?:plain ?text|repo\w*|source|code|script|readme|notes?|memory|strateg\w+"
        r"|commit\w*|query string|image|dockerfile|url|logs?|text|comments?|shared \w+|answer|reply|report|summary"
        r"|lesson|chat|ticket|pull request|pr|(?:\w+ )?description|issue|merge request|wiki|channel)\b",
        r"\b(?:cat|less|head|tail|type|cp|tar|zip|xxd|base64|more|open|source)\b[^\n.]{0,24}(?:\s"
        r"|/)(?:\.env\b(?!\.example)|id_rsa|\S*\.ssh/|\S*\.aws/|\S*\.kube/config|/etc/shadow|\.netrc|\.pypirc"
        r"|\.npmrc|credentials\b)|/etc/shadow\b|/proc/self/environ\b|\b169\.254\.169\.254\b",
        r"\b(?:ask|request|require|collect|obtain|get|demand)\b.{0,30}\b(?:users?|customers?|callers?|clients?"
        r"|guests?|them)(?:'s)?\b.{0,30}\b(?:full )?(?:passwords?|pin\b|cvv|(?:full )?card number|social security"
        r"|one-time (?:code|password)|2fa code|security code|seed phrase|recovery codes?|login details|credentials)",
        r"\b(?:include|post|put|publish|paste|write|add|attach|mention|copy)\b.{0,50}\b(?:passport|birth ?dates?"
        r"|date of birth|home address|card|salary|medical|social security|(?:customer|user|client"
        r"|patient)'?s? (?:names?|address|data|details|e-?mail))\b.{0,50}\b(?:public|forum|open (?:ticket|issue)"
        r"|website)\b",
        r"\b(?:tar|copy|zip|archive|back up|keep|send|upload|save|include|sync)\b.{0,30}(?:~/\.(?:ssh|aws|gnupg"
        r"|kube)|\bid_rsa|\bkeychain\b|\bbrowser profile)|\b(?:dump|print|echo|write|log|output) (?:the |all "
        r"|out )?(?:full |whole |entire )?environment\b(?=[`'\")]*(?:[.,;:]|$|\s(?:in|to|into|and|so|for)\b))",
        r"\b(?:bug report|issue|ticket|pull request|readme|summary|changelog|comment|answer)\b.{0,20}\b(?:add"
        rf"|include|put|mention|state|paste|show)\b.{{0,20}}\b(?:{_KEYS}|api secret)\b",
        r"\b(?:harvest|steal|scrape|exfiltrate|sniff|intercept)\b.{0,30}\b(?:credentials?|passwords?|tokens?"
        r"|secrets?|cookies|keys)\b",
        far=True,
    ),
    sign(
        ADDRESS,
        r"\b[a-z][a-z0-9+.-]{1,12}://(?!localhost\b|127\.|0\.0\.0\.0|\[::1\]|/)[\w[]",
        r"\b(?:javascript|data):[\w/]+[;,(]",
        r"[\w.+-]{1,64}@(?:[\w-]{1,40}\.){1,4}[a-z]{2,}\b|\b\w{2,30}\s?(?:\(at\)|\[at\]"
        r"|\sat\s)\s?[\w-]{2,30}\s?(?:\.|\sdot\s)\s?(?:com|net|org|io|dev|example|test)\b",
        r"\b(?!127\.|0\.0\.0\.0|255\.)(?<![\w.=-])(?<!version )(?<!v )(?:(?:25[0-5]|2[0-4]\d"
        r"|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)\b(?!\.\d|-)",
        r"(?<![\w.@/-])(?:[a-z0-9-]{1,40}\.){1,4}(?:com|net|org|io|dev|ai|app|co|xyz|info|biz|ru|cn|top|site|online"
        r"|me|tk|click|link|cloud|tech|store|shop|uk|de|fr|eu|in|jp|ly|gg|to|live|pro|cc|zip|example|test|invalid|sh"
        r"|onion)(?:/[\w~?#-]|:\d{2,5}\b)",
        r"\b(?:send|post|upload|visit|open|download|fetch|install|register|log in|curl|wget|contact|ask|buy|go"
        r"|navigate|browse|connect|report|consult|forward|mail|use|get|from|to|at|via"
        r"|on)\s(?:\S+\s){0,4}?(?<![\w.@/-])(?!(?:asp|ado|ml|vb)\.net|(?:socket|system|java|crates|draw|github)\.io"
        r"|(?:go|web)\.dev)[`\"']?(?:[a-z0-9-]{2,40}\.){1,3}(?:com|net|org|io|dev|xyz|ru|cn|top|site|online|biz|tk"
        r"|cc|onion|example|invalid|info|shop|store|app|ai)\b(?![.(\w/=])",
        r"\b\w{2,30} dot (?:com|net|org|io|dev|example|ru|cn|xyz)\b",
        r"(?<![\w.])\+\d{1,3}[ ().-]{0,2}\d(?:[ ().-]{0,2}\d){6,12}\b|\b\(?\d{3}\)?[ .-]\d{3}[ .-]\d{4}\b"
        r"|\b1-?8\d\d-[\w-]{7,}",
        r"\b(?:call|phone|dial|text|whatsapp|ring|sms)\b.{0,30}\d[\d ().-]{6,}\d",
        r"\b0x[0-9a-f]{40}\b|\bbc1[a-z0-9]{20,}\b|\b[a-z]{2}\d{2}(?: ?[a-z0-9]{4}){3,7}\b(?<=\d)",
        far=True,
    ),
)
