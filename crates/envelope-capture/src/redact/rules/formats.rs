//! Shapes of no single maker: formats, commands, and values with the names of secrets.

use super::{Rule, assignment, password, random, shape};

pub(super) const RULES: &[Rule] = &[
    // What many have in common.
    shape(
        "age-key",
        &["age-secret-key-1"],
        r"\bAGE-SECRET-KEY-1[A-Z0-9]{58}\b",
    ),
    // Base64 of the first line of a key in PEM, as Kubernetes keeps it.
    shape(
        "private-key",
        &["ls0tls1crudjti"],
        r"LS0tLS1CRUdJTiB(?:SU0Eg|EU0Eg|QR1AgUFJJ|QUklWQVRF|FQyBQ|PUEVOU1NI|FTkNSWVBURUQ)[A-Za-z0-9+/=]{40,}",
    ),
    shape(
        "json-web-key",
        &["\"kty\""],
        r#""d"\s*:\s*"([A-Za-z0-9_\-]{40,})""#,
    ),
    shape(
        "fernet-key",
        &["fernet("],
        r#"Fernet\(\s*b?["']([A-Za-z0-9_\-]{43}=)["']"#,
    ),
    shape(
        "json-web-token",
        &["eyj"],
        r"\beyJ[A-Za-z0-9_\-]{10,}\.eyJ[A-Za-z0-9_\-]{10,}\.[A-Za-z0-9_\-]{10,}",
    ),
    password(
        "url-password",
        &["://"],
        r#"[A-Za-z][A-Za-z0-9+.\-]*://[^/\s:@"'<>`]*:([^/\s@"'<>`]{3,})@[\w\[]"#,
    ),
    random(
        "authorization",
        &["bearer", "authorization"],
        r#"(?i)(?:authorization["']?\s*[:=,]\s*["']?(?:basic|token|bearer)|\bbearer)\s+([A-Za-z0-9+/=_.~\-]{16,})"#,
    ),
    password(
        "url-password",
        &["://"],
        r#"[A-Za-z][A-Za-z0-9+.\-]*://[^/\s:@"'<>`]*:([^/\s@"'<>`]+/[^\s@"'<>`]{0,60})@[\w\[]"#,
    ),
    password(
        "netrc-password",
        &["login "],
        r"(?:\bmachine\s+\S+\s+|^\s*)login\s+\S+\s+password\s+(\S+)",
    ),
    password(
        "command-password",
        &["curl"],
        r#"\bcurl\b[^|;&]{0,400}?\s(?:-[uU]|--user|--proxy-user)(?:\s+|=)?["']?[^\s:"'$]+:([^\s"']{3,})"#,
    ),
    password(
        "command-password",
        &["sshpass", "mysql"],
        r#"\b(?:sshpass\b[^|;&]{0,200}?\s-p\s*|mysql(?:dump|admin|import)?\b[^|;&]{0,200}?\s-p)["']?([^\s"']{3,})"#,
    ),
    password(
        "database-password",
        &["identified by", "password '"],
        r#"(?i)\b(?:identified\s+by|password)\s+'([^'\s]{3,})'\s*(?:[;)"]|$|(?:require|replace|valid|with)\s)"#,
    ),
    // `host:port:database:user:password`, see PostgreSQL's `.pgpass`.
    password(
        "pgpass-password",
        &[":543", ":6432:", ":*:"],
        r"^[^\s:]+:(?:\d{2,5}|\*):[^\s:]+:[^\s:]+:(\S{3,})$",
    ),
    assignment("netrc-password", r"^\s*(password)\s+(\S{8,})\s*$"),
    // What has a name: beside it, behind a shell's `:-`, as a default, and without a sign between.
    assignment(
        "assigned-secret",
        r#"([A-Za-z][\w.\-]*)(?:\\?["'\])])*\s*(?::\s*(?:str|String|&str|string)\s*=|[:?]=|=>|=|:|\|\||\?\?|or\s)\s*(?:[brufBRUF]{0,2}\\?["'`]([^"'`\s]{8,}?)\\?["'`]|([^\s"'`,;(){}\[\]<>]{8,}?)(?:\s*$|\s+(?:#|//)|;|\\n|\\?["']))"#,
    ),
    assignment(
        "assigned-secret",
        r#"([A-Za-z][\w.\-]*)(?:=|:-)([^\s"'`,;(){}\[\]<>]{8,})[\s}]"#,
    ),
    assignment(
        "assigned-secret",
        r#"\(\s*\\?["']([A-Za-z][\w.\-]*)\\?["']\s*,\s*(?:(?:default|fallback)\s*=\s*)?\\?["']([^"'`\s]{8,}?)\\?["']"#,
    ),
    assignment(
        "assigned-secret",
        r#"^\s*(?i:ENV|%env|setenv|setx|set\s+-[gUux]+)\s+([A-Za-z]\w*)\s+["']?([^\s"']{8,})["']?\s*$"#,
    ),
    // As elements and attributes of XML, and as a name beside a value.
    assignment(
        "assigned-secret",
        r"<([A-Za-z][\w.\-]*)(?:\s[^<>]*)?>\s*([^<>\s]{8,})\s*</",
    ),
    assignment(
        "assigned-secret",
        r#"(?i:key|name)["']?\s*[=:]\s*["']([A-Za-z][\w.\-:]*)["']\s*,?\s*(?:\w+=["'][^"']*["']\s+)*?["']?(?i:value)["']?\s*[=:]\s*["']([^"'\s]{8,})["']"#,
    ),
    assignment(
        "secret-option",
        r#"(?:^|[\s"'\[])--?([A-Za-z][\w\-]*)(?:["']\s*,\s*["']|=|\s+)["']?([^\s"'`]{8,})"#,
    ),
];
