"""Commands a strategy should not carry: they run what nobody read, widen privileges, destroy, or check nothing.

Ordinary commands of development pass (tests, builds, bisecting, removing a build folder), and so does what
refuses when others would lose work (`git push --force-with-lease`) or says what to keep first.

Not covered: commands that harm by their arguments alone, packages whose name is a trap.
"""

from __future__ import annotations

from rb_mcp.memory.signs.reasons import CHECKS, DESTROYS, FETCHED, PRIVILEGE, UNUSUAL
from rb_mcp.memory.signs.sign import sign

HAZARDS = (
    sign(
        FETCHED,
        r"\b(?:curl|wget|fetch|iwr|irm|invoke-webrequest"
        r"|invoke-restmethod)\b[^\n|]{0,160}\|\s?(?:sudo\s(?:-\w+\s)?)?(?:/\w+){0,3}/?(?:ba|z|da|k|fi)?sh\b",
        r"\b(?:curl|wget|iwr|irm|base64)\b[^\n|]{0,160}\|\s?(?:sudo\s)?(?:python3?|perl|node|ruby|php|iex|source)\b",
        r"\b(?:bash|sh|zsh|source|eval)\s[^\n]{0,12}[<$]\(\s?(?:curl|wget)",
        r"\biex\s?\(|\binvoke-expression\b|\bbase64\s(?:-d|--decode)\b|\bcertutil\b[^\n]{0,40}-(?:urlcache|decode)",
        r"\b(?:exec|eval)\s?\([^\n]{0,60}(?:decode|requests?\.|urlopen|fetch|b64|atob|read\()",
        r"\bpython3?\s-c\b[^\n]{0,80}(?:exec|eval|urllib|base64|socket|requests|os\.system)",
        r"/dev/tcp/|\bn(?:c|cat)\s(?:-\w+\s){0,3}[\w.-]+\s\d{2,5}\b|\bn(?:c|cat)\s-\w{0,3}e\b|\breverse shell\b",
        r"\bpip(?:e|ing)\b.{0,40}\b(?:in)?to (?:a |the |your )?(?:ba|z)?sh(?:ell)?\b",
        r"\b(?:download|fetch|pull|grab)\b.{0,50}\b(?:and|then)\s(?:directly |then |just |immediately )?(?:run"
        r"|execute|source|pipe|launch) (?:it|them|the (?:script|installer|binary|result|file))\b",
        r"\b(?:run|execute|apply|install|source|paste)\b (?:whatever|anything|everything) (?:it|they|is|was|the|he"
        r"|she|that|you)\b|\b(?:apply|run|execute|install|follow|accept|merge|copy|trust"
        r"|approve)\b (?:\w+ ){0,3}blindly\b|\bblindly (?:apply|run|execute|install|follow|accept|merge|trust"
        r"|approve)\b",
        r"\b(?:decode|decrypt|unscramble|deobfuscate|rot13)\b.{0,50}\b(?:and|then)\s(?:\w+\s)?(?:run|execute|follow"
        r"|obey)\b",
        r"\b(?:run|execute|eval\w*|follow) (?:the|any|whatever) (?:\w+ )?(?:code|script|command"
        r"|instructions?)s? (?:\w+ )?(?:found|returned|served|embedded|written|given|contained) (?:in|by|on) (?:the"
        r"|an?|any) (?:\w+ )?(?:page|site|response|comment|readme|e-?mail|ticket|issue|url|document|attachment)",
        far=True,
    ),
    sign(
        UNUSUAL,
        r"--(?:extra-)?index-url|--find-links\b|\b(?:pip3?|uv|pipx|npm|yarn|pnpm|cargo|gem|go get|go install"
        r"|brew)\b[^\n.]{0,40}\s(?:-i|git\+|--git|github:|https?:|--registry|--source)",
        r"\bgit\+(?:https?|ssh|git):|\bconfig set registry\b|\bgoproxy\s?=|\badd-apt-repository\b|\bbrew tap\b",
        r"\b(?:install|fetch|pull|download|take|resolve|get)\b.{0,50}\bfrom (?:the |a |an |our |my |this "
        r"|some )?(?:\w+ )?(?:mirror|fork|(?:private|custom|alternative|unofficial|internal|third-party"
        r"|external) (?:index|registry|repo\w*|feed|source)|gist|pastebin|forum|file-sharing|telegram)",
        r"\b(?:always|must|first)\b.{0,30}\b(?:pip3?|npm|uv|gem|cargo|yarn|pnpm|brew)\s(?:install|add"
        r"|i)\s(?:-\w+\s)*(?!-|\.|or\b|and\b|in\b)[\w@/-]{3,}",
        r"\b(?:package|npm|pypi|pip|maven|cargo|custom|private|alternative|docker|gem) (?:index|registry"
        r"|mirror)\b.{0,40}\b(?:rather than|instead of|override|in place of|not the)\b|\b(?:registry"
        r"|index) override\b|\b(?:use|add|switch to|point|set|configure)\b.{0,24}\b(?:npm|pypi|pip|package|custom"
        r"|private|alternative) (?:registry|index|mirror)\b(?! (?:status|page|documentation))",
        r"\b(?:install|add)\b.{0,30}\b(?:browser extension|vs ?code extension|mcp server|root certificate"
        r"|helper package)\b",
        far=True,
    ),
    sign(
        DESTROYS,
        r"\brm\s(?:-{1,2}[\w-]+\s)*-\w*(?:rf|fr|r)\w*\s(?:-{1,2}[\w-]+\s)*[\"'`]?(?!(?:\./)?(?:build|dist|out|target"
        r"|node_modules|coverage|tmp|temp|cache|__pycache__|\.\w*cache\w*|\.tox|\.venv|venv|\.next|\.gradle|\.nox"
        r"|htmlcov|obj|bin|site|_build|[\w-]+\.egg-info|\*\.egg-info|\$tmp\w*|\$\(mktemp|/tmp/\w|docs/_build"
        r"|public)\b)",
        r"\brm -rf\b(?=[`'\")]*(?:[.,;:]|$|\s(?:on|the|any|every|all)\b))",
        r"\bmkfs\b|\bdd\s[^\n]{0,40}\bof=/dev/|>\s?/dev/sd|:\(\)\s?\{|\bshred\b\s-|\bwipefs\b|\bformat [c-z]:"
        r"|\bdel /[sq]|\brd /s",
        r"\bdrop\s(?:table|database|schema)\b|\btruncate\s(?:table\b|the \w+ table)"
        r"|\bdelete from \w+(?=[`'\"\s]*(?:[;.,`]|$))",
        r"\bgit push\b[^\n.;]{0,40}\s(?:--force(?!-with-lease)\b|-f\b)|\bpush --force\b(?!-with-lease)",
        r"\bforce[ -]?push\b.{0,40}\b(?:main|master|shared|protected|release|production|trunk|default|upstream"
        r"|remote)\b",
        r"\breset --hard\b|\bgit clean -\w*[dx]\w*[dx]|\bfilter-branch\b|\bgit branch -d\b.{0,20}\b(?:main|master)\b",
        r"\bterraform destroy\b|\bkubectl delete (?:ns|namespace|pvc|--all|all)\b|\bvolume prune\b|--volumes\b"
        r"|\bflush(?:all|db)\b",
        r"\bremove-item\b[^\n]{0,60}-recurse|\bfind\s[^\n]{0,60}\s-delete\b|\brmtree\(['\"]?[/~]|\bhistory -c\b"
        r"|\bhistfile\b",
        r"\b(?:delete|wipe|erase|purge|clear|destroy|drop|overwrite|shred|remove|truncate|empty)\b(?:\s(?:all|the"
        r"|any|every|of|your|its|old|whole|entire|existing|related|remaining|each)){0,4}\s(?:backups?|snapshots?"
        r"|audit (?:logs?|trail|records?|entries)|(?:shell|bash|command|git|commit) history|evidence|traces? of"
        r"|production (?:data|database|tables?|bucket)|customer (?:data|records|accounts?)|user accounts?"
        r"|home (?:folder|directory)|database|access logs?|security logs?|log files? (?:so|to hide))\b",
        far=True,
        unless=r"\b(?:stash|backup|back up|commit first|only (?:after|when|if|once)|unless|asks? first|confirm)",
    ),
    sign(
        PRIVILEGE,
        r"\b(?:sudo|doas|runas)\b|\bsu (?:-|root)|\bchmod\s(?:-\w+\s)*(?:[0-7]?[2367][2367][2367]|[augo]*\+[rwx]*s"
        r"|[ao]+\+\w*w\w*|ugo\+\w+|\+w)\b",
        r"\bchown\s(?:-\w+\s)*(?:root|\S+\s(?:/(?!tmp|work|app|src|home)|~))|\bsetenforce\s0|\bufw disable\b"
        r"|\biptables -f\b|\bnopasswd\b",
        r"--privileged\b|\bdocker\.sock\b|--cap-add|\bgrant all\b|\badministratoraccess\b|\b0\.0\.0\.0/0"
        r"|\bpublic-read|--yolo\b",
        r"\b(?:add|put|join)\b.{0,40}\b(?:docker|wheel|sudo|sudoers|admin|administrators|root) groups?\b|\b(?:docker"
        r"|wheel|sudo)\b(?:,| and| or) \w+ groups?\b|\busermod\b|\bsudoers\b",
        r"\b(?:add|create|register|install|set up|plant|leave)\b.{0,30}\b(?:cron ?jobs?|scheduled task|backdoor"
        r"|startup entry|login item|authorized key|(?:admin|root|hidden|extra|backup) (?:user|account|login))\b",
        r"--dangerously\S+|--dangerously-skip-permissions|\bskip-grant-tables\b|\bcluster-admin\b"
        r"|\bauthorized_keys\b|--unsafe-perm",
        r">>?\s?~?/?\S{0,30}(?:\.bashrc|\.zshrc|\.profile|crontab|/etc/)|\bcrontab\s-|\bset-mppreference\b"
        r"|-executionpolicy bypass",
        r"\b(?:run|execute|do|perform|start|work|install)\b.{0,30}\b(?:under|with|using|through|from) (?:the "
        r"|an? )?(?:administrator|root|admin|superuser)(?:'s)? (?:account|user|login)\b",
        r"\bmode 0?777\b|\bworld-writ\w+\b",
        r"\bpermissive mode\b|\b(?:switch|set|put|turn)(?:ting)?\b(?:\s(?:the|a|your|all|system))?\s(?:selinux"
        r"|apparmor|firewall|anti-?virus|defender|access control|encryption|mfa|2fa|audit log\w*"
        r"|logging)\b.{0,8}\b(?:off|permissive|disabled|aside|down)\b",
        r"\b(?:disable|turn off|switch off|stop|deactivate|kill|flush|open up|remove)\b(?:\s(?:the|a|any|all|your"
        r"|system|host|local|windows|company)){0,3}\s(?:firewall|anti-?virus|selinux|apparmor|defender|edr"
        r"|audit log\w*|logging|intrusion \w+|auditd|security (?:software|agent|tools?|group)|access control"
        r"|encryption|sandbox(?:ing)?|row-level security|csrf \w+|cors)\b",
        r"\b(?:run|rerun|execute|retry|start|launch|log in|connect|repeat|work)\b.{0,40}\bas (?:root|an? admin|admin"
        r"|administrator|superuser|the superuser)\b|\bwith (?:root|admin|administrator|superuser) (?:rights"
        r"|privileges?|access|permissions?)\b",
        r"\b(?:make|set|mark|leave|turn)\b(?:\s(?:the|a|every|all|it|this|any)){0,2}\s(?:\w+ )?(?:bucket|repository"
        r"|repo|dashboard|share|folder|documents?|files?)\s(?:to )?(?:public|world-(?:readable|writable))\b",
        r"\b(?:grant|give|assign|add|request|enable)\b.{0,40}\b(?:admin(?:istrator)?|owner|superuser|root|full"
        r"|write-all|wildcard)\b.{0,12}\b(?:rights|access|role|privileges?|permissions?|scopes?|control)\b",
        far=True,
    ),
    sign(
        CHECKS,
        r"--no-verify\b|\bverify\s?=\s?(?:false|0|none)\b|--insecure\b|\bcurl\b[^\n]{0,40}\s-\w{0,3}k\w{0,3}\s"
        r"|stricthostkeychecking[= ]no\b",
        r"node_tls_reject_unauthorized|rejectunauthorized\W{1,3}false|insecureskipverify|--no-check-certificate"
        r"|git_ssl_no_verify",
        r"sslverify\W{1,3}(?:false|0)|--trusted-host\b|strict-ssl\s?=?\s?false|--allow-unauthenticated"
        r"|--no-?gpg-?check|cert_none\b",
        r"_create_unverified_context|--disable-web-security|-dskiptests|maven\.test\.skip|--skip-?(?:tests?|checks?"
        r"|validation)\b",
        r"--passwithnotests|\|\|\s?true\b|continue-on-error\W{1,3}true|--no-audit\b|--force-yes\b|--skip-ssl"
        r"|--allow-downgrades",
        r"check_hostname\s?=\s?false|verify_ssl\s?=\s?false|\bskip_?verif\w+\s?[=:]\s?(?:true|1)|\b(?:husky"
        r"|skip)\s?=\s?[01]\b|--ignore-certificate\S*",
        r"\b(?:commit|push) (?:-\w+ )*-n\b|\bgit -c core\.hookspath|\[(?:skip ci|ci skip)\]|\b(?:add|use|pass|with"
        r"|append) [`'\"]?-k[`'\"]? (?:to|with|for|in|on) [`'\"]?curl\b|\bexcept(?: exception)?:? pass\b"
        r"|\btry/except\b.{0,16}\bpass\b",
        far=True,
    ),
)
