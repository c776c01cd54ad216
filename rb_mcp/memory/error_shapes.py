"""The shapes in which programs report an error that happened: tables of patterns, read by `signatures.py`.

A shape is matched at the start of one line (at most `LONGEST_LINE` characters, without colour codes and without what
others put before it: timestamps, `E   ` of pytest, `| ` of compose, `npm ERR! `). Groups: `head`, what tells the kind
of error (an exception class, a code), else the shape's own; `message`, what is normalised, else the whole line.

Sources: the tools' own output; strerror(3) of glibc and its translations; libuv's and npm's error codes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

LONGEST_LINE = 600
"""Characters of a line that are looked at."""

CAUSE, PLAIN, LOGGED, CONSEQUENCE = 0, 1, 2, 3
"""How telling a line is: the cause itself, an error line, an entry of a log, what only follows from another error."""


@dataclass(frozen=True)
class Shape:
    """One kind of error line. `order`: of several in a text the first or the last tells most."""

    pattern: re.Pattern[str]
    head: str = "error"
    rank: int = PLAIN
    order: Literal["first", "last"] = "first"
    indented: bool = False
    """Whether it counts when indented, too."""
    followed_by: str = ""
    """How the next line begins, if that belongs to it."""


CLASS = (
    r"[A-Za-z_][\w.$:\\]{0,150}"
    r"(?:Error|Exception|Failure|Fault|Interrupt|Violation|NotFound|Timeout|Timedout|TimedOut|Denied|Refused|Overflow"
    r"|Exit|Iteration|Warning|Expired|Panic)\b|Error\b|Exception\b"
)
"""The name of an exception class, qualified or not."""
PLACE = r"(?:[A-Za-z]:(?=[\\/]))?[^\s:()][^:()\n]{0,200}[:(]\d{1,6}(?:[:,]\d{1,5}(?:-\d{1,5})?)?\)?"
"""`src/a.c:3:5` or `a.ts(3,5)`: the place a compiler gives."""
WORD = (
    # The word before the colon, as programs write it in the languages of their messages.
    r"(?:fatal |internal |unexpected |schwerwiegender |erreur fatale|error fatal|critical )?"
    r"(?:error|fatal|fehler|schwerwiegend|erreur|ошибка|критическая ошибка|致命错误|严重错误|错误|錯誤"
    r"|致命的エラー|致命的なエラー|エラー"
    r"|erro|errore|오류|fout|błąd|失败|失敗)"
)

ERRNO: dict[str, str] = {
    "no such file or directory": "enoent", "permission denied": "eacces", "operation not permitted": "eperm",
    "no space left on device": "enospc", "address already in use": "eaddrinuse", "connection refused": "econnrefused",
    "connection reset by peer": "econnreset", "connection timed out": "etimedout", "operation timed out": "etimedout",
    "is a directory": "eisdir", "not a directory": "enotdir", "directory not empty": "enotempty",
    "file exists": "eexist", "text file busy": "etxtbsy", "device or resource busy": "ebusy",
    "argument list too long": "e2big", "exec format error": "enoexec", "read-only file system": "erofs",
    "too many open files": "emfile", "broken pipe": "epipe", "network is unreachable": "enetunreach",
    "no route to host": "ehostunreach", "cannot assign requested address": "eaddrnotavail",
    "cannot allocate memory": "enomem", "input/output error": "eio", "disk quota exceeded": "edquot",
    "file name too long": "enametoolong", "too many levels of symbolic links": "eloop", "no such process": "esrch",
    "resource temporarily unavailable": "eagain", "invalid cross-device link": "exdev", "file too large": "efbig",
    "bad file descriptor": "ebadf", "invalid argument": "einval", "name or service not known": "enotfound",
    "temporary failure in name resolution": "eai_again", "bad interpreter": "badinterpreter",
    "command not found": "commandnotfound", "not recognized": "commandnotfound", "unknown command": "unknowncommand",
    "inappropriate ioctl for device": "enotty", "no such device or address": "enxio", "stale file handle": "estale",
    "nodename nor servname provided, or not known": "enotfound", "no such host": "enotfound",
    "could not resolve host": "enotfound", "could not resolve hostname": "enotfound",
    "unable to resolve host address": "enotfound", "unable to resolve host": "enotfound",
}  # fmt: skip
"""Messages of the system → the name of their errno (or, of a shell's, a name made like one)."""
TRANSLATIONS: dict[str, str] = {
    # German, Spanish, French, Russian, Chinese, Japanese messages of glibc and bash → English
    "datei oder verzeichnis nicht gefunden": "no such file or directory",
    "keine berechtigung": "permission denied", "zugriff verweigert": "permission denied",
    "die operation ist nicht erlaubt": "operation not permitted", "ist ein verzeichnis": "is a directory",
    "auf dem gerät ist kein speicherplatz mehr verfügbar": "no space left on device",
    "verbindungsaufbau abgelehnt": "connection refused", "befehl nicht gefunden": "command not found",
    "kommando nicht gefunden": "command not found", "die adresse wird bereits verwendet": "address already in use",
    "no existe el archivo o el directorio": "no such file or directory",
    "no existe el fichero o el directorio": "no such file or directory", "permiso denegado": "permission denied",
    "operación no permitida": "operation not permitted", "es un directorio": "is a directory",
    "no queda espacio en el dispositivo": "no space left on device", "conexión rehusada": "connection refused",
    "orden no encontrada": "command not found", "no se encontró la orden": "command not found",
    "la dirección ya se está usando": "address already in use",
    "aucun fichier ou dossier de ce type": "no such file or directory", "permission non accordée": "permission denied",
    "opération non permise": "operation not permitted", "est un dossier": "is a directory",
    "aucun espace disponible sur le périphérique": "no space left on device",
    "connexion refusée": "connection refused", "commande introuvable": "command not found",
    "adresse déjà utilisée": "address already in use",
    "нет такого файла или каталога": "no such file or directory", "отказано в доступе": "permission denied",
    "операция не позволена": "operation not permitted", "это каталог": "is a directory",
    "на устройстве не осталось свободного места": "no space left on device",
    "в соединении отказано": "connection refused", "команда не найдена": "command not found",
    "адрес уже используется": "address already in use",
    "没有那个文件或目录": "no such file or directory", "权限不够": "permission denied",
    "不允许的操作": "operation not permitted", "是一个目录": "is a directory",
    "设备上没有空间": "no space left on device", "拒绝连接": "connection refused", "连接被拒绝": "connection refused",
    "未找到命令": "command not found", "地址已在使用": "address already in use",
    "そのようなファイルやディレクトリはありません": "no such file or directory",
    "許可がありません": "permission denied",
    "許可されていない操作です": "operation not permitted", "ディレクトリです": "is a directory",
    "デバイスに空き領域がありません": "no space left on device", "接続を拒否されました": "connection refused",
    "コマンドが見つかりません": "command not found", "アドレスは既に使用中です": "address already in use",
}  # fmt: skip
_STRERROR = "|".join(re.escape(text) for text in sorted((*ERRNO, *TRANSLATIONS), key=len, reverse=True))
WIDE = frozenset({
    "econnrefused", "econnreset", "etimedout", "enotfound", "eai_again", "enospc", "eaddrinuse", "emfile",
    "enomem", "enetunreach", "ehostunreach", "enoexec", "erofs", "edquot",
})  # fmt: skip
"""Conditions of the machine or the network, the same whoever reports them."""
CERTIFICATE = re.compile(
    r"self[- ]signed certificate(?: in certificate chain)?|certificate (?:has )?expired|certificate is not yet valid"
    r"|unable to get (?:local )?issuer certificate|signed by unknown authority|hostname mismatch"
    r"|doesn't match host ?name"
    r"|unable to verify the first certificate|certificate signed by unknown|unknown ca\b|certificate is valid for",
    re.IGNORECASE,
)
"""What is wrong with a certificate, in the words of OpenSSL and Go, whoever reports it."""
STRERROR = re.compile(rf"(?:{_STRERROR})(?![\w-])", re.IGNORECASE)
"""A message of the system, anywhere in a line."""

SHAPES: tuple[Shape, ...] = tuple(
    Shape(
        re.compile(pattern, re.IGNORECASE if "f" in flags else 0),
        head,
        rank,
        "last" if "l" in flags else "first",
        "i" in flags,
        "-->" if head == "ruff" else "",
    )
    for pattern, head, rank, flags in (
        # Flags: f, letters of either case; l, the last of several tells most; i, indented lines count, too.
        # -- Rust, Swift, C and C++, Java, Kotlin, Zig, Haskell: compilers that give the place
        (r"error\[(?P<head>E\d{4})\]: (?P<message>.+)", "error", CAUSE, ""),
        (rf"{PLACE}:? ?(?:- )?(?:fatal )?error:? (?P<head>[A-Z]{{1,7}}-?\d{{3,6}}):? ?(?P<message>.+)",
         "error", CAUSE, "i"),
        (r"(?:[\w.-]{1,40} : )?(?:fatal )?error (?P<head>[A-Z]{1,7}\d{3,6}): (?P<message>.+)", "error", CAUSE, ""),
        (rf"{PLACE}: {WORD} ?[:：] ?(?P<message>.+)", "error", CAUSE, "fi"),
        (r"(?P<head>(?:TS|CS|NU|NG|MSB|NETSDK)\d{3,5}): (?P<message>.+)", "error", CAUSE, "i"),
        (r".{0,400}?x509: (?P<message>certificate .+)", "certificate", CAUSE, ""),
        (rf"{PLACE} - error[ :] ?(?P<message>.+)", "error", CAUSE, "i"),
        (r"e: (?:file://)?(?P<message>\S{1,300}:\d+:\d+:? .+)", "kotlinc", CAUSE, ""),
        ((r"(?:\S{1,250}/)?(?:[\w.-]{1,40}-)?(?:ld|lld|ld\.\w+|rust-lld|wasm-ld|clang|gcc|cc1|cc1plus"
          r"|collect2|as)(?:\.exe)?: "
          r"(?:error: |fatal error: |cannot |undefined |symbol|warning: )?(?P<message>(?:cannot find"
          r"|undefined|unknown|"
          r"symbol|no such|library not found|unrecognized|duplicate|framework not found|relocation).+)"),
         "linker", CAUSE, ""),
        (r".{0,250}?(?P<message>undefined reference to .+|multiple definition of .+?)(?:; .+)?$", "linker", CAUSE, ""),
        (r".{0,250}?error while loading shared libraries: (?P<message>.+)", "loader", CAUSE, ""),
        (r"\S{1,200}: \S{1,200}: (?P<message>version [`'\"].{1,60}['\"] not found \(required by).+",
         "loader", CAUSE, ""),
        (r"Undefined symbols? for architecture .*", "linker", CAUSE, ""),
        (r"CMake Error(?: at [^:]{1,200}:\d+)?(?: \([^)]{1,60}\))?: ?(?P<message>.*)", "cmake", CAUSE, ""),
        # -- Go
        (r"(?:\./)?[\w./@-]{1,200}\.go:\d+:\d+: (?P<message>(?!//|\s).+)", "go", CAUSE, "i"),
        (r"panic: (?P<message>.+)", "panic", CAUSE, ""),
        (r"(?:http: panic serving \S{1,60}: )?(?P<message>runtime error: .+)", "panic", CAUSE, ""),
        (r"fatal error: (?P<message>.+)", "fatal", CAUSE, ""),
        ((r"go: (?P<message>(?!downloading|finding|extracting|added|upgraded|downgraded|creating|to add"
          r"|updates? to).+)"),
         "go", CAUSE, ""),
        (r"(?:imports \S{1,200}: )?(?P<message>import cycle not allowed.*)", "go", CAUSE, "i"),
        (r"(?:Get|Post|Put|Head|Delete|Patch) \"[^\"\n]{5,300}\": (?P<message>.+)", "http", CAUSE, ""),
        # -- exceptions of Python, JavaScript, Java, .NET, Ruby, PHP, Dart, Julia
        ((rf"(?:Uncaught |Unhandled exception[.:]? (?:at \S+ )?"
          rf"|Exception in thread \"[^\"]{{0,100}}\" {{1,3}}"
          rf"|\(node:\d+\) |ERROR: LoadError: |PHP |Error: Uncaught )(?:\[?Uncaught )?(?P<head>{CLASS})"
          r"(?: ?[\[(](?P<code>\w{3,50})[\])])?(?:: ?(?P<message>.*))?"),
         "error", CAUSE, "l"),
        (rf"(?:Caused by: |---> ?)(?P<head>{CLASS})(?:: ?(?P<message>.*))?", "error", CAUSE, "li"),
        (r"(?:PHP )?(?:Fatal|Parse|Recoverable fatal) error: +(?:Uncaught )?(?P<message>.+)", "php", CAUSE, ""),
        (r"\S{1,200}\.rb:\d+:in .{1,100}?: (?P<message>.*) \((?P<head>[A-Z][\w:]{2,80})\)", "error", CAUSE, ""),
        (r"\*\* \((?P<head>[A-Z]\w*(?:\.\w+)*)\) (?P<message>.+)", "error", CAUSE, "i"),
        (r"thread '[^']{0,80}'(?: \(\d+\))? panicked at (?P<message>'.+)", "panic", CAUSE, "i"),
        (r"thread '[^']{0,80}'(?: \(\d+\))? panicked at [^'].*(?P<message>):$", "panic", CAUSE, "i"),
        (r"Caused by(?P<message>):$", "error", CAUSE, "li"),
        # -- databases
        (r"(?:psql:\S{1,200}: )?(?:ERROR|FATAL|PANIC): {1,2}(?P<message>(?!test\w* \(|\w+ \().+)", "error", PLAIN, ""),
        (r"ERROR (?P<head>\d{4}) \(\w{5}\)(?: at line \d+)?: (?P<message>.+)", "error", CAUSE, ""),
        (r"(?P<head>(?:ORA|PLS|SP2|TNS|DPY|DPI)-\d{4,5}): (?P<message>.+)", "error", CAUSE, ""),
        (r"Msg (?P<head>\d{1,6}), Level \d+, State \d+.*", "error", CAUSE, ""),
        (r"(?:Parse|Runtime) error(?: near line \d+)?: (?P<message>.+)", "sqlite", CAUSE, ""),
        (r"\(error\) (?P<message>[A-Z]{2,20} .+)", "redis", CAUSE, ""),
        (r"SQLSTATE\[\w{5}\].*", "sqlstate", CAUSE, "i"),
        # -- packages
        (r"(?:npm (?:ERR!|error) )(?:code )(?P<head>E[A-Z0-9]{2,30})(?P<message>)$", "npm", CAUSE, ""),
        ((r"npm (?:ERR!|error) (?P<message>(?!A complete log|code |path |errno |syscall |dest |command |in "
          r"|at |\s*$|    "
          r"|cwd |stack |node |npm |os |workspace |location |signal |This is|There is likely|lifecycle|A \""
          r"|not with npm).+)"),
         "npm", PLAIN, ""),
        (r"(?P<head>ERR_PNPM_[A-Z_]{3,60}) *(?P<message>.*)", "pnpm", CAUSE, "i"),
        (r"WARNING: Retrying .{1,200}? after connection broken by '(?P<head>[A-Z]\w+)\((?P<message>.+)",
         "error", CAUSE, ""),
        (r"error (?P<message>(?!Command failed with|[A-Z]+\d|An unexpected|found|Found)[A-Z\"].+)", "yarn", PLAIN, ""),
        (r"➤ (?P<head>YN\d{4}): .{0,3}(?P<message>.+)", "yarn", LOGGED, ""),
        (r"E: (?P<message>.+)", "apt", CAUSE, ""),
        (r"dpkg: error .+", "dpkg", PLAIN, ""),
        ((r"(?:Because|And because|So, because) .{3,300}(?:version solving failed|unsatisfiable"
          r"|cannot be used)\.?.*"),
         "resolver", CAUSE, "i"),
        (r"[×x] (?P<message>(?:No solution|Failed|Unable|Could|Build|Cannot|Invalid).+)", "error", PLAIN, "i"),
        (r"Your requirements could not be resolved to an installable set of packages\.", "composer", PLAIN, ""),
        (r"Problem 1(?P<message>)$", "composer", CAUSE, "i"),
        (r"Could not find gem .+|Bundler could not find compatible versions.*", "bundler", CAUSE, ""),
        # -- Java's builds
        (r"\[ERROR\] (?:\S{1,250}:\[\d+,\d+\] )(?:error: )?(?P<message>.+)", "javac", CAUSE, ""),
        ((r"\[ERROR\] Failed to execute goal [^\n]{1,250}? on project [^:\n]{1,80}: (?P<message>.+?)"
          r"(?: -> \[Help \d+\])?$"),
         "maven", CAUSE, ""),
        (r"APPLICATION FAILED TO START(?P<message>)$", "spring", CAUSE, ""),
        # -- git, docker, kubernetes, terraform, clouds
        (r"fatal: (?P<message>.+)", "fatal", CAUSE, ""),
        (r"! \[(?:remote )?rejected\] .*(?P<message>\(.+\))", "git", CAUSE, "i"),
        (r"CONFLICT \(.+", "git", CAUSE, ""),
        (r"(?:docker: )?Error response from daemon: (?P<message>.+)", "docker", CAUSE, ""),
        (r"Cannot connect to the Docker daemon .+", "docker", CAUSE, ""),
        (r"OCI runtime \w+ failed: (?P<message>.+)", "docker", CAUSE, ""),
        (r"Error from server(?: \((?P<head>\w+)\))?: (?P<message>.+)", "kubectl", CAUSE, ""),
        (r"The \w+ \"[^\"\n]{1,200}\" is (?P<message>invalid: .+)", "kubectl", CAUSE, ""),
        (r"Warning +\w+ +.{1,60}? {2,}[\w-]+ {2,}(?P<message>.+)", "kubectl", CAUSE, "i"),
        (r"The connection to the server .{1,200} was refused.*", "kubectl", CAUSE, ""),
        (r"An error occurred \((?P<head>\w{3,60})\) when calling .{1,100} operation.*?: (?P<message>.+)",
         "aws", CAUSE, ""),
        (r"ERROR: \(gcloud[\w.-]*\) (?P<message>.+)", "gcloud", CAUSE, ""),
        (r"fatal: \[[^\]]{1,100}\]: (?P<message>.+)", "ansible", CAUSE, ""),
        # -- shells, the system, the network
        (r"(?:[\w./-]{1,80}: )?(?:line \d+: |\d+: )?(?P<message>syntax error[ :].+)", "shell", CAUSE, ""),
        ((r"(?:[\w./-]{1,80}: )(?:line \d+: |\d+: )?(?P<message>\w{1,80}: (?:unbound variable"
          r"|parameter not set|bad substitution"
          r"|readonly variable|numeric argument required|integer expression expected).*)"),
         "shell", CAUSE, ""),
        (r"(?:[\w./-]{0,40}sh(?:\.exe)?: )(?:line \d+: |\d+: )?(?P<message>\S{1,200}: not found)\s*$",
         "commandnotfound", CAUSE, ""),
        ((r"'?(?P<message>[^']{1,100}'? is not recognized as (?:an internal or external command|the name"
          r"|a name).*)"),
         "commandnotfound", CAUSE, ""),
        (r"\S{1,60} ?: (?P<message>The term .{1,100} is not recognized .+)", "commandnotfound", CAUSE, ""),
        ((r"(?:[\w./: -]{0,100}\s)?(?P<message>Segmentation fault|Bus error|Illegal instruction"
          r"|Floating point exception"
          r"|Aborted|Killed|Trace/breakpoint trap)(?: \(core dumped\))?(?:\s{2,}.{0,200})?\s*$"),
         "signal", CAUSE, ""),
        (r"curl: \((?P<code>\d{1,3})\) (?P<message>.+)", "curl", CAUSE, ""),
        (r"(?:\S{4,10} \S{4,10} )?ERROR (?P<head>[45]\d\d): (?P<message>.+)", "http", CAUSE, ""),
        (r"(?:< ?)?HTTP/[\d.]{1,3} (?P<head>[45]\d\d)(?P<message>.*)", "http", PLAIN, "li"),
        ((r"(?:ssh|scp|sftp|rsync|wget|ping|dig|nc|telnet|ftp|kex_exchange_identification"
          r"|ssh_exchange_identification): "
          r"(?P<message>(?!warning).+(?:fail|refused|unable|could not|unknown|timed? ?out|error|invalid"
          r"|not resolve|denied|closed|reset).*)"),
         "network", CAUSE, "f"),
        ((r"Host key verification failed\.?|(?:\S{1,100}: )?Permission denied \((?:publickey|password|gssapi"
          r"|keyboard).*"),
         "ssh", CAUSE, ""),
        (r"=+\d+=+ ?ERROR: (?P<head>\w+Sanitizer): (?P<message>\S+(?: \S+){0,3})", "error", CAUSE, ""),
        (r"==\d+== (?P<message>(?:Invalid (?:read|write|free)|Conditional jump|Use of uninit).*)",
         "valgrind", CAUSE, "i"),
        ((r"(?:make|gmake|ninja)(?:\[\d+\])?: \*\*\* (?P<message>No rule to make target .+"
          r"|missing separator.+|No targets.+)"),
         "make", CAUSE, ""),
        (r"\S{1,200}:\d+: \*\*\* (?P<message>.+)", "make", CAUSE, ""),
        (r"(?:make|gmake)(?:\[\d+\])?: \*\*\* (?P<message>\[.+)", "make", CONSEQUENCE, ""),
        ((r"! (?P<message>(?:LaTeX|Package|Undefined|Missing|Emergency|Extra|Misplaced|File|Paragraph"
          r"|Too many).+)"),
         "latex", CAUSE, ""),
        (r"Can't locate \S+ in @INC.*|Can't locate object method .+", "perl", CAUSE, ""),
        (r"Error in .{1,200} : (?P<message>.*)", "r", CAUSE, ""),
        (r"lua[\d.]*: (?:\S{1,200}:\d+: )?(?P<message>.+)", "lua", CAUSE, ""),
        (r"nginx: \[(?:emerg|alert|crit)\] (?P<message>.+)", "nginx", CAUSE, ""),
        (r"(?:Failed to (?:start|enable|restart|connect to bus)|Job for) .+", "systemd", PLAIN, ""),
        # -- JavaScript's tools, linters, tests
        (r"[✘✗] \[ERROR\] (?P<message>.+)", "bundler", CAUSE, ""),
        (r"(?:Module not found|Type error|Error: Module not found): (?:Error: )?(?P<message>.+)",
         "bundler", CAUSE, "i"),
        (r"\[vite(?::[\w-]+)?\] (?:Internal server error: |Rollup failed to .{1,20}: )?(?P<message>.+)",
         "bundler", LOGGED, ""),
        (r"\d+:\d+ {1,6}error {1,6}(?P<message>.+)", "eslint", CAUSE, "i"),
        (rf"{PLACE}: (?P<head>[A-Z]{{1,4}}\d{{3,4}}):? (?P<message>.+)", "lint", CAUSE, ""),
        (r"(?P<head>[A-Z]{1,4}\d{3,4}) (?:\[\*\] )?(?P<message>.+)\Z", "ruff", LOGGED, ""),
        (r"(?:FAILED|ERROR) \S{1,300} - (?P<message>.+)", "error", LOGGED, ""),
        (r"● (?!Console)[^\n]{2,300}(?P<message>)$", "jest", CAUSE, "i"),
        (r"Oops! Something went wrong! :\((?P<message>)$", "eslint", CAUSE, ""),
        (r"\+ CategoryInfo .{0,200}\[\w*\], (?P<head>\w{4,80})(?P<message>.*)", "error", CAUSE, "i"),
        (r"\+ FullyQualifiedErrorId : (?P<head>\w{4,80})(?P<message>.*)", "error", CAUSE, "i"),
        (r"Failure/Error: (?P<message>.+)", "assertion", PLAIN, "i"),
        (r"Failed asserting that .+", "assertion", CAUSE, ""),
        (r"(?P<message>expect\(.{1,120}\)\.\S.*)", "assertion", PLAIN, "i"),
        (r"(?:Assert\.\w+\(\) Failure.*|XCTAssert\w+ failed.*)", "assertion", CAUSE, "i"),
        # -- browsers
        ((r"(?:[\w.]{1,60}: )?(?P<message>(?:Timeout|Timed out|Waiting failed:?) (?:of "
          r"|after )?\d[\d.]* ?m?s(?:econds)?(?: exceeded)?.*)"),
         "timeout", CAUSE, "fi"),
        (r"Message: (?P<message>.+)", "webdriver", PLAIN, ""),
        (r"(?P<head>net::ERR_[A-Z_]{3,60})(?P<message>.*)", "browser", CAUSE, ""),
        # -- agents' own tools
        (r"<(?:tool_use_)?error>(?P<message>[^<]{3,500})", "tool", CAUSE, ""),
        ((r"(?P<message>String to replace not found in file|File has not been read yet"
          r"|apply_patch verification failed"
          r"|Your proposed edit has introduced new syntax error|Command timed out after).*"),
         "tool", CAUSE, ""),
        (r"- (?P<head>[EF]\d{3}) (?P<message>.+)", "lint", CAUSE, ""),
        # -- what any program says
        ((rf"(?:{WORD})(?: ?[\[(](?P<code>[A-Za-z]*[-_]?\d{{1,6}}"
          rf"|[A-Z][A-Z_0-9]{{3,40}})[\])])? ?[:：]\s{{0,3}}(?P<message>\S.{{2,}})"),
         "error", PLAIN, "f"),
        (r"##?\[error\] ?(?P<message>.+)|::error(?: [^:]{0,200})?::(?P<head>.+)", "error", PLAIN, ""),
        (r"(?:ERROR|Error)! (?P<message>.+)|Traceback: (?P<head>.+)", "error", PLAIN, ""),
        (r"[\w./-]{1,60}: (?:fatal )?error: (?P<message>.+)", "error", PLAIN, "f"),
        ((r"(?:\[(?:ERROR|FATAL|FAILED)\]:? {1,3}|(?:ERROR|FATAL|FAILED)(?: in |: {1,3}))(?P<message>"
          r"(?!\S{1,200}::|test_\w+ \().+)"),
         "error", LOGGED, ""),
    )
)  # fmt: skip

CONSEQUENCES = re.compile(
    r"could not compile|aborting due to|ld returned \d+ exit|Command failed with exit code|ELIFECYCLE|for more info"
    r"|process completed with exit code|subprocess-exited-with-error|did not complete successfully|too many errors"
    r"|returned a non-zero code|returned non-zero exit status|Recipe .{1,80} failed|^Execution failed for task"
    r"|^build failed|Failed to execute goal|some tests failed|linker command failed|^exit(?:ed)? (?:status|with|code)"
    r"|^metadata-generation-failed|previous error|compilation (?:failed|error)|command exited with|Lint errors found"
    r"|^\d+ (?:errors?|problems?)\b|^Process exited|script .{1,60} (?:exited|failed)|^tests? failed|Failed to compile"
    r"|process didn't exit successfully|failed to run custom build command|^to see the full stack trace"
    r"|^re-run maven|^for more information|^timed out waiting for the condition|^\[Help \d|^command '.{1,80}' failed"
    r"|^Test suite failed|^Could not read from remote repository|failed to push some refs"
    r"|No matching distribution found"
    r"|build step .{1,60} failed|^failed with exit code|^Command failed|there (?:are|were) (?:test )?failures",
    re.IGNORECASE,
)
"""Messages that only say that something before them failed."""
HARMLESS = re.compile(
    r"^(?:if|when|raised|thrown|indicates) |^(?:0\b|no(?:ne)?\b ?(?:errors?)?\s*$|null\b|nil\b|undefined\s*$|false\b"
    r"|true\b|\[\]|\{\s*\}?|\"\"|''|ok\b|success)"
    r"|=>|[{;,]\s*$|\b0 errors?\b|^[\w.]+\(.{0,80}\)[;,]?$|^\$|^\{\{|^%[sdv]|^<%"
    r"|^(?:str|int|bool|string|number|any|error|Error|Optional|Option|Result|unknown|Exception)\b\s*(?:[|=,;)\[?].*)?$"
    r"|^(?:handling|handler|handlers|messages?|codes?|pages?|reporting|boundary|budgets?|rate)\b[\w ]{0,20}$",
    re.IGNORECASE,
)
"""What stands after `error:` where nothing happened: a value, a type, code, none, a docstring's condition."""
ANY = re.compile(
    "|".join(
        re.sub(r"\(\?P<\w+>", "(?:", f"(?{'i' if shape.pattern.flags & re.IGNORECASE else ''}:{shape.pattern.pattern})")
        for shape in SHAPES
    )
)
"""Any of the shapes, to pass over other lines quickly."""
