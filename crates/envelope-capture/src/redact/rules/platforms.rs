//! Shapes of the keys to clouds, and to where code and packages are kept.

use super::{Rule, random, shape};

pub(super) const RULES: &[Rule] = &[
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
    shape(
        "aws-bedrock-key",
        &["absk"],
        r"\bABSK[A-Za-z0-9+/]{109,}={0,2}",
    ),
    // As options of Hadoop and Spark name it, with the account between.
    shape(
        "azure-storage-key",
        &["account.key."],
        r#"account\.key\.[\w.]+["']?\s*[=:,\s]\s*["']?([A-Za-z0-9+/]{86}==)"#,
    ),
    shape(
        "cloudflare-origin-key",
        &["v1.0-"],
        r"\bv1\.0-[0-9a-f]{24}-[0-9a-f]{146}\b",
    ),
    shape("yandex-key", &["aqvn"], r"\bAQVN[A-Za-z0-9_\-]{35,38}"),
    shape(
        "openshift-token",
        &["sha256~"],
        r"\bsha256~[A-Za-z0-9_\-]{43}",
    ),
    shape("netlify-token", &["nfp_"], r"\bnfp_[A-Za-z0-9]{36,}"),
    shape("render-key", &["rnd_"], r"\brnd_[A-Za-z0-9]{28,}"),
    shape("scalingo-token", &["tk-us-"], r"\btk-us-[A-Za-z0-9_\-]{48}"),
    shape("pulumi-token", &["pul-"], r"\bpul-[0-9a-f]{40}\b"),
    shape("infracost-key", &["ico-"], r"\bico-[A-Za-z0-9]{32}\b"),
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
            "glpat-",
            "glptt-",
            "gldt-",
            "glrt-",
            "glrtr-",
            "glcbt-",
            "glft-",
            "glsoat-",
            "glagent-",
            "glimt-",
            "gloas-",
            "glffct-",
            "gr1348941",
        ],
        r"\b(?:gl(?:pat|ptt|dt|rtr?|cbt|ft|soat|agent|imt|oas|ffct)-|GR1348941)[A-Za-z0-9_\-.]{20,}",
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
    shape(
        "sourcegraph-token",
        &["sgp_"],
        r"\bsgp_(?:[0-9a-f]{16}_|local_)?[0-9a-f]{40}\b",
    ),
    shape(
        "harness-token",
        &["pat.", "sat."],
        r"\b[ps]at\.[A-Za-z0-9_\-]{22}\.[0-9a-f]{24}\.[A-Za-z0-9]{20}\b",
    ),
    shape("octopus-key", &["api-"], r"\bAPI-[A-Z0-9]{26}\b"),
    shape(
        "launchdarkly-key",
        &["api-", "sdk-"],
        r"\b(?:api|sdk)-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b",
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
    shape("nuget-key", &["oy2"], r"\boy2[a-z0-9]{43}\b"),
    shape("clojars-token", &["clojars_"], r"\bCLOJARS_[0-9a-z]{60}\b"),
];
