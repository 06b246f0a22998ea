//! Shapes of the keys to services: models and experiments, messages, money, and others.

use super::{Rule, random, shape};

pub(super) const RULES: &[Rule] = &[
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
    shape(
        "langfuse-key",
        &["sk-lf-"],
        r"\bsk-lf-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b",
    ),
    shape("llamacloud-key", &["llx-"], r"\bllx-[A-Za-z0-9]{48}\b"),
    shape(
        "tavily-key",
        &["tvly-"],
        r"\btvly-(?:dev-|prod-)?[A-Za-z0-9]{32}\b",
    ),
    shape(
        "jina-key",
        &["jina_"],
        r"\bjina_[0-9a-f]{32}[A-Za-z0-9_\-]{28}",
    ),
    shape("cerebras-key", &["csk-"], r"\bcsk-[a-z0-9]{48}\b"),
    random(
        "fireworks-key",
        &["fw_"],
        r"(?:^|[^\w\-+/])(fw_[A-Za-z0-9]{22,})\b",
    ),
    random(
        "voyage-key",
        &["pa-"],
        r"(?:^|[^\w\-+/])(pa-[A-Za-z0-9_\-]{43})",
    ),
    shape("elevenlabs-key", &["sk_"], r"\bsk_[0-9a-f]{48}\b"),
    shape(
        "runpod-key",
        &["rpa_"],
        r"\brpa_[A-Z0-9]{40}[A-Za-z0-9]{0,8}\b",
    ),
    shape("e2b-key", &["e2b_"], r"\be2b_[0-9a-f]{40}\b"),
    shape(
        "prefect-key",
        &["pnu_", "pnb_"],
        r"\bpn[ub]_[A-Za-z0-9]{36}\b",
    ),
    shape(
        "dbt-token",
        &["dbtc_", "dbtu_"],
        r"\bdbt[cu]_[A-Za-z0-9_\-]{40,}",
    ),
    // Messages.
    shape(
        "slack-token",
        &["xox"],
        r"\bxox(?:[abcdoprs]|e(?:\.xox[bp])?)-[A-Za-z0-9%\-]{20,}",
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
    shape(
        "brevo-key",
        &["xkeysib-"],
        r"\bxkeysib-[0-9a-f]{64}-[A-Za-z0-9]{16}\b",
    ),
    shape(
        "twitter-token",
        &["aaaaaaaaaaaaaaaaaaaa"],
        r"\bA{20,22}[A-Za-z0-9%]{80,120}",
    ),
    shape(
        "facebook-token",
        &["eaam", "eaac"],
        r"\bEAA[MC][A-Za-z0-9]{100,}",
    ),
    // Money.
    shape(
        "stripe-key",
        &[
            "sk_live_", "rk_live_", "sk_test_", "rk_test_", "sk_prod_", "rk_prod_",
        ],
        r"\b[sr]k_(?:live|test|prod)_[A-Za-z0-9]{16,}",
    ),
    shape("webhook-secret", &["whsec_"], r"\bwhsec_[A-Za-z0-9+/]{24,}"),
    shape(
        "shopify-token",
        &["shpat_", "shpca_", "shppa_", "shpss_"],
        r"\bshp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}\b",
    ),
    shape(
        "square-token",
        &["sq0atp-", "sq0csp-", "eaaa"],
        r#"\bsq0(?:atp|csp)-[A-Za-z0-9_\-]{22,}|["'=]\s*(EAAA[A-Za-z0-9_\-]{60})(?:["'\s]|$)"#,
    ),
    shape(
        "easypost-key",
        &["ezak", "eztk"],
        r"\bEZ[AT]K[A-Za-z0-9]{54}\b",
    ),
    shape(
        "flutterwave-key",
        &["flwseck"],
        r"\bFLWSECK(?:_TEST)?-[A-Za-z0-9]{12,}",
    ),
    shape(
        "duffel-token",
        &["duffel_"],
        r"\bduffel_(?:live|test)_[A-Za-z0-9_\-=]{43}",
    ),
    shape(
        "shippo-token",
        &["shippo_"],
        r"\bshippo_(?:live|test)_[0-9a-f]{40}\b",
    ),
    // Other services.
    shape(
        "vault-token",
        &["hvs.", "hvb.", "hvr.", "vault"],
        r"(?:\bhv[sbr]\.[A-Za-z0-9_\-]{24,}|(?i:vault)[^\n]{0,40}?\b(s\.[A-Za-z0-9]{24})\b)",
    ),
    shape(
        "terraform-token",
        &[".atlasv1."],
        r"\b[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_\-=]{60,}",
    ),
    shape(
        "grafana-token",
        &["glc_", "glsa_", "eyjrijoi"],
        r"\b(?:glc_[A-Za-z0-9+/=]{32,}|glsa_[A-Za-z0-9]{32}_[0-9a-fA-F]{8}|eyJrIjoi[A-Za-z0-9+/]{60,}={0,2})",
    ),
    shape(
        "newrelic-key",
        &["nrak-", "nrii-"],
        r"\b(?:NRAK-[A-Z0-9]{27}\b|NRII-[A-Za-z0-9_\-]{32})",
    ),
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
    shape(
        "dynatrace-token",
        &["dt0c01."],
        r"\bdt0c01\.[A-Z0-9]{24}\.[A-Z0-9]{64}\b",
    ),
    shape(
        "dropbox-token",
        &["sl."],
        r"\bsl\.(?:u\.)?[A-Za-z0-9_\-]{130,}",
    ),
    shape(
        "hubspot-token",
        &["pat-"],
        r"\bpat-(?:na|eu|ap)\d-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b",
    ),
    shape(
        "mapbox-token",
        &["sk.eyj"],
        r"\bsk\.eyJ[A-Za-z0-9_\-]{40,}\.[A-Za-z0-9_\-]{20,}",
    ),
    shape(
        "maxmind-key",
        &["_mmk"],
        r"\b[A-Za-z0-9]{6}_[A-Za-z0-9]{29}_mmk\b",
    ),
    shape("readme-key", &["rdme_"], r"\brdme_[a-z0-9]{70}\b"),
    shape("typeform-token", &["tfp_"], r"\btfp_[A-Za-z0-9_\-.=]{44,}"),
    shape(
        "contentful-token",
        &["cfpat-"],
        r"\bCFPAT-[A-Za-z0-9_\-]{43}",
    ),
    shape("frameio-token", &["fio-u-"], r"\bfio-u-[A-Za-z0-9_\-=]{64}"),
    shape("neon-key", &["napi_"], r"\bnapi_[a-z0-9]{60,}"),
];
