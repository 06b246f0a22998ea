//! The shapes of secrets: one line each, with the words without which a line is not looked at.
//!
//! A shape is what its maker documents or prints; the length is the shortest one known. Where a
//! pattern has a group, the group is the secret, and otherwise the whole match.

/// One shape.
pub(super) struct Rule {
    /// What is said about a finding.
    pub(super) name: &'static str,
    /// Without any of these, in whatever case, the line has no such secret.
    pub(super) words: &'static [&'static str],
    pub(super) pattern: &'static str,
    pub(super) kind: Kind,
}

/// What makes a match a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// The shape alone, unless it is an example for people.
    Shape,
    /// The value has to look like chance as well.
    Random,
    /// A value with a name: both have to be right.
    Assignment,
    /// Whatever stands there, unless it is an example: a password may be any word.
    Password,
}

const fn shape(name: &'static str, words: &'static [&'static str], pattern: &'static str) -> Rule {
    Rule {
        name,
        words,
        pattern,
        kind: Kind::Shape,
    }
}

const fn random(name: &'static str, words: &'static [&'static str], pattern: &'static str) -> Rule {
    Rule {
        name,
        words,
        pattern,
        kind: Kind::Random,
    }
}

const fn password(
    name: &'static str,
    words: &'static [&'static str],
    pattern: &'static str,
) -> Rule {
    Rule {
        name,
        words,
        pattern,
        kind: Kind::Password,
    }
}

/// Parts of the names of secrets, without which no line has a value with such a name.
const NAMES: &[&str] = &[
    "secret",
    "token",
    "pass",
    "pwd",
    "credential",
    "key",
    "auth",
    "bearer",
];

const fn assignment(name: &'static str, pattern: &'static str) -> Rule {
    Rule {
        name,
        words: NAMES,
        pattern,
        kind: Kind::Assignment,
    }
}

/// All shapes. Where several meet, the first one names the finding.
pub(super) const RULES: [Rule; 87] = [
    // Clouds.
    shape(
        "aws-access-key",
        &["akia", "asia", "abia", "acca"],
        r"\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}\b",
    ),
    random(
        "aws-secret-key",
        &["aws"],
        r#"(?i)aws[\w.\-]{0,20}(?:secret|key)[\w.\-]{0,20}["']?\s*[=:]\s*["']?([A-Za-z0-9/+]{40})\b"#,
    ),
    shape(
        "azure-storage-key",
        &["accountkey="],
        r"(?i)AccountKey=([A-Za-z0-9+/]{86}==)",
    ),
    shape(
        "azure-signature",
        &["sig="],
        r"[?&]sig=([A-Za-z0-9%+/]{43,}(?:=|%3[Dd])?)",
    ),
    shape(
        "azure-client-secret",
        &["8q~"],
        r"\b[A-Za-z0-9_~.\-]{3}8Q~[A-Za-z0-9_~.\-]{31,34}",
    ),
    shape("google-api-key", &["aiza"], r"\bAIza[A-Za-z0-9_\-]{35}"),
    shape(
        "google-client-secret",
        &["gocspx-"],
        r"\bGOCSPX-[A-Za-z0-9_\-]{28}",
    ),
    shape(
        "google-access-token",
        &["ya29."],
        r"\bya29\.[A-Za-z0-9_\-]{30,}",
    ),
    shape(
        "digitalocean-token",
        &["_v1_"],
        r"\bdo[opr]_v1_[0-9a-f]{64}\b",
    ),
    shape(
        "databricks-token",
        &["dapi"],
        r"\bdapi[0-9a-f]{32}(?:-\d)?\b",
    ),
    shape("heroku-key", &["hrku-"], r"\bHRKU-[A-Za-z0-9_\-]{36,}"),
    shape(
        "fly-token",
        &["fo1_", "fm1r_", "fm2_"],
        r"\b(?:fo1_[\w\-]{43}|fm1[ar]_[A-Za-z0-9+/]{100,}|fm2_[A-Za-z0-9+/]{100,})",
    ),
    shape("alibaba-access-key", &["ltai"], r"\bLTAI[A-Za-z0-9]{20}\b"),
    shape("scaleway-key", &["scw"], r"\bSCW[A-Z0-9]{17}\b"),
    // Where code is kept.
    shape(
        "github-token",
        &["ghp_", "gho_", "ghu_", "ghs_", "ghr_"],
        r"\bgh[opusr]_[A-Za-z0-9]{36,}",
    ),
    shape(
        "github-fine-grained-token",
        &["github_pat_"],
        r"\bgithub_pat_[A-Za-z0-9_]{60,}",
    ),
    shape(
        "gitlab-token",
        &[
            "glpat-", "glptt-", "gldt-", "glrt-", "glcbt-", "glft-", "glsoat-", "glagent-",
        ],
        r"\bgl(?:pat|ptt|dt|rt|cbt|ft|soat|agent)-[A-Za-z0-9_\-.]{20,}",
    ),
    shape("bitbucket-token", &["atbb"], r"\bATBB[A-Za-z0-9_=.\-]{28,}"),
    shape(
        "atlassian-token",
        &["atatt3", "atctt3"],
        r"\bAT[AC]TT3[A-Za-z0-9_\-=.]{60,}",
    ),
    shape(
        "circleci-token",
        &["ccipat_", "ccipra_"],
        r"\bCCIP(?:AT|RA)_[A-Za-z0-9]{20,}_[0-9a-f]{40}\b",
    ),
    shape("buildkite-token", &["bkua_"], r"\bbkua_[0-9a-f]{40}\b"),
    shape(
        "sonar-token",
        &["squ_", "sqp_", "sqa_"],
        r"\bsq[upa]_[0-9a-f]{40}\b",
    ),
    // Where packages are kept.
    shape("npm-token", &["npm_"], r"\bnpm_[A-Za-z0-9]{36}\b"),
    shape(
        "pypi-token",
        &["pypi-age"],
        r"\bpypi-AgE[A-Za-z0-9_\-]{50,}",
    ),
    shape(
        "rubygems-token",
        &["rubygems_"],
        r"\brubygems_[0-9a-f]{48}\b",
    ),
    shape("crates-io-token", &["cio"], r"\bcio[A-Za-z0-9]{32}\b"),
    shape(
        "docker-token",
        &["dckr_pat_", "dckr_oat_"],
        r"\bdckr_[po]at_[A-Za-z0-9_\-]{27,}",
    ),
    shape(
        "docker-config",
        &["\"auth\""],
        r#""auth"\s*:\s*"([A-Za-z0-9+/]{16,}={0,2})""#,
    ),
    shape(
        "artifactory-token",
        &["akcp", "cmvmdgtu"],
        r"\b(?:AKCp[A-Za-z0-9]{60,}|cmVmdGtu[A-Za-z0-9]{48,})",
    ),
    // Models and experiments.
    shape(
        "huggingface-token",
        &["hf_", "api_org_"],
        r"\b(?:hf|api_org)_[A-Za-z0-9]{34}\b",
    ),
    shape(
        "anthropic-key",
        &["sk-ant-"],
        r"\bsk-ant-[a-z]+\d+-[A-Za-z0-9_\-]{60,}",
    ),
    shape(
        "openai-key",
        &["sk-proj-", "sk-svcacct-", "sk-admin-", "sk-none-"],
        r"\bsk-(?:proj|svcacct|admin|None)-[A-Za-z0-9_\-]{40,}",
    ),
    random(
        "model-api-key",
        &["sk-"],
        r"\bsk-(?:or-v1-)?[A-Za-z0-9]{32,}\b",
    ),
    shape("groq-key", &["gsk_"], r"\bgsk_[A-Za-z0-9]{48,}\b"),
    shape("replicate-token", &["r8_"], r"\br8_[A-Za-z0-9]{37}\b"),
    shape("perplexity-key", &["pplx-"], r"\bpplx-[A-Za-z0-9]{40,}\b"),
    shape("xai-key", &["xai-"], r"\bxai-[A-Za-z0-9]{70,}\b"),
    shape("nvidia-key", &["nvapi-"], r"\bnvapi-[A-Za-z0-9_\-]{60,}"),
    shape(
        "langsmith-key",
        &["lsv2_"],
        r"\blsv2_(?:pt|sk)_[0-9a-f]{32}_[0-9a-f]{10}\b",
    ),
    shape("pinecone-key", &["pcsk_"], r"\bpcsk_[A-Za-z0-9_]{50,}"),
    shape(
        "wandb-key",
        &["wandb"],
        r"(?:\bwandb_v1_[A-Za-z0-9_]{60,}|(?i:wandb)[^/]{0,40}?\b([0-9a-f]{40})\b)",
    ),
    shape(
        "neptune-token",
        &["eyjhcglfywrkcmvzcyi6"],
        r"\beyJhcGlfYWRkcmVzcyI6[A-Za-z0-9+/=]{40,}",
    ),
    shape(
        "kaggle-key",
        &["\"username\""],
        r#""username"\s*:\s*"[^"]+"\s*,\s*"key"\s*:\s*"([0-9a-f]{32})""#,
    ),
    shape("roboflow-key", &["rf_"], r"\brf_[A-Za-z0-9]{28}\b"),
    // Messages.
    shape(
        "slack-token",
        &["xoxa-", "xoxb-", "xoxe", "xoxo-", "xoxp-", "xoxr-", "xoxs-"],
        r"\bxox(?:[abopsr]|e(?:\.xox[bp])?)-[A-Za-z0-9\-]{20,}",
    ),
    shape(
        "slack-app-token",
        &["xapp-"],
        r"\bxapp-\d-[A-Z0-9]+-\d+-[0-9a-f]{30,}",
    ),
    shape(
        "slack-webhook",
        &["hooks.slack.com"],
        r"hooks\.slack\.com/(?:services|workflows|triggers)/([A-Za-z0-9+/]{40,})",
    ),
    shape(
        "discord-webhook",
        &["/api/webhooks/"],
        r"discord(?:app)?\.com/api/webhooks/(\d{15,}/[\w\-]{60,})",
    ),
    shape(
        "discord-token",
        &["discord", "bot"],
        r"\b[MNO][A-Za-z0-9_\-]{23,25}\.[A-Za-z0-9_\-]{6}\.[A-Za-z0-9_\-]{27,38}\b",
    ),
    shape(
        "teams-webhook",
        &[".webhook.office.com"],
        r"\.webhook\.office\.com/webhookb2/([0-9a-f\-]{36}@[0-9a-f\-]{36}/IncomingWebhook/[0-9a-f]{32}/[0-9a-f\-]{36})",
    ),
    shape(
        "telegram-token",
        &[":aa"],
        r"\b\d{8,10}:AA[A-Za-z0-9_\-]{33}\b",
    ),
    shape(
        "sendgrid-key",
        &["sg."],
        r"\bSG\.[A-Za-z0-9_\-]{22}\.[A-Za-z0-9_\-]{43}",
    ),
    shape("mailgun-key", &["key-"], r"\bkey-[0-9a-f]{32}\b"),
    shape("mailchimp-key", &["-us"], r"\b[0-9a-f]{32}-us\d{1,2}\b"),
    shape(
        "twilio-key",
        &["twilio"],
        r"(?i:twilio).{0,40}?\b(SK[0-9a-f]{32}|[0-9a-f]{32})\b",
    ),
    // Money.
    shape(
        "stripe-key",
        &["sk_live_", "rk_live_", "sk_test_", "rk_test_"],
        r"\b[sr]k_(?:live|test)_[A-Za-z0-9]{16,}",
    ),
    shape("webhook-secret", &["whsec_"], r"\bwhsec_[A-Za-z0-9+/]{24,}"),
    shape(
        "shopify-token",
        &["shpat_", "shpca_", "shppa_", "shpss_"],
        r"\bshp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}\b",
    ),
    shape(
        "square-token",
        &["sq0atp-", "sq0csp-"],
        r"\bsq0(?:atp|csp)-[A-Za-z0-9_\-]{22,}",
    ),
    // Other services.
    shape(
        "vault-token",
        &["hvs.", "hvb.", "hvr."],
        r"\bhv[sbr]\.[A-Za-z0-9_\-]{24,}",
    ),
    shape(
        "terraform-token",
        &[".atlasv1."],
        r"\b[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_\-=]{60,}",
    ),
    shape(
        "grafana-token",
        &["glc_", "glsa_"],
        r"\b(?:glc_[A-Za-z0-9+/=]{32,}|glsa_[A-Za-z0-9]{32}_[0-9a-fA-F]{8})",
    ),
    shape("newrelic-key", &["nrak-"], r"\bNRAK-[A-Z0-9]{27}\b"),
    shape(
        "sentry-token",
        &["sntrys_", "sntryu_"],
        r"\bsntry(?:s_[A-Za-z0-9+/=_\-]{40,}|u_[0-9a-f]{64})",
    ),
    shape("linear-key", &["lin_api_"], r"\blin_api_[A-Za-z0-9]{40}\b"),
    shape(
        "notion-token",
        &["ntn_", "secret_"],
        r"\b(?:ntn_[A-Za-z0-9]{40,}|secret_[A-Za-z0-9]{43})\b",
    ),
    shape("figma-token", &["figd_"], r"\bfigd_[A-Za-z0-9_\-]{40,}"),
    shape(
        "postman-key",
        &["pmak-"],
        r"\bPMAK-[0-9a-f]{24}-[0-9a-f]{34}\b",
    ),
    shape(
        "airtable-token",
        &["airtable", "pat_token", "apikey"],
        r"\bpat[A-Za-z0-9]{14}\.[0-9a-f]{64}\b",
    ),
    shape(
        "supabase-key",
        &["sbp_", "sb_secret_"],
        r"\b(?:sbp_[0-9a-f]{40}|sb_secret_[A-Za-z0-9_\-]{30,})",
    ),
    shape(
        "doppler-token",
        &["dp.pt.", "dp.st.", "dp.sa."],
        r"\bdp\.(?:pt|sa|st(?:\.[a-z0-9_\-]+)?)\.[A-Za-z0-9]{40,}",
    ),
    shape(
        "planetscale-token",
        &["pscale_"],
        r"\bpscale_(?:tkn|pw|oauth)_[A-Za-z0-9_\-.]{32,}",
    ),
    shape(
        "onepassword-token",
        &["ops_eyj"],
        r"\bops_eyJ[A-Za-z0-9+/=]{60,}",
    ),
    shape(
        "tailscale-key",
        &["tskey-"],
        r"\btskey-[a-z]+-[A-Za-z0-9]+-[A-Za-z0-9]{20,}",
    ),
    // What many have in common.
    shape(
        "age-key",
        &["age-secret-key-1"],
        r"\bAGE-SECRET-KEY-1[A-Z0-9]{58}\b",
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
    assignment("netrc-password", r"^\s*(password)\s+(\S{8,})\s*$"),
    // What has a name: beside it, behind a shell's `:-`, as a default, and without a sign between.
    assignment(
        "assigned-secret",
        r#"([A-Za-z][\w.\-]*)(?:\\?["'\])])*\s*(?::\s*(?:str|String|&str|string)\s*=|:=|=>|=|:|\|\||\?\?|or\s)\s*(?:[brufBRUF]{0,2}\\?["'`]([^"'`\s]{8,}?)\\?["'`]|([^\s"'`,;(){}\[\]<>]{8,}?)(?:\s*$|\s+(?:#|//)|;|\\n|\\?["']))"#,
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
        r#"^\s*(?i:ENV|%env|setenv|setx)\s+([A-Za-z]\w*)\s+["']?([^\s"']{8,})["']?\s*$"#,
    ),
    assignment(
        "secret-option",
        r#"(?:^|[\s"'\[])--?([A-Za-z][\w\-]*)(?:["']\s*,\s*["']|=|\s+)["']?([^\s"'`]{8,})"#,
    ),
];
