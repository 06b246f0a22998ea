//! Whether a name promises a secret, and whether a value looks like one.

/// Words that end the name of a secret.
const SECRETS: [&str; 5] = ["secrets", "pass", "credential", "credentials", "bearer"];

/// Words that end it also where others run into them: `PGPASSWORD`, as `clientsecret`.
const PASSWORDS: [&str; 4] = ["password", "passwd", "passphrase", "pwd"];

/// Words before `key` or `keys` that make it a secret: a `primary key` is none.
const KEYS: [&str; 45] = [
    "access",
    "account",
    "api",
    "app",
    "auth",
    "client",
    "crypto",
    "deploy",
    "encryption",
    "hmac",
    "license",
    "master",
    "private",
    "secret",
    "service",
    "signing",
    "ssh",
    "storage",
    "subscription",
    "write",
    // Those who give out keys.
    "anthropic",
    "aws",
    "azure",
    "cohere",
    "comet",
    "gcp",
    "gemini",
    "github",
    "gitlab",
    "google",
    "groq",
    "hf",
    "huggingface",
    "kaggle",
    "langchain",
    "langsmith",
    "mistral",
    "mlflow",
    "neptune",
    "nvidia",
    "openai",
    "pinecone",
    "replicate",
    "stripe",
    "wandb",
];

/// Words before `token` that make it one of a text, as language models read it, or of a list that comes
/// in pages.
const TEXTS: [&str; 25] = [
    "bos",
    "cls",
    "continuation",
    "cursor",
    "decoder",
    "end",
    "eos",
    "eot",
    "first",
    "image",
    "last",
    "mask",
    "max",
    "new",
    "next",
    "num",
    "pad",
    "page",
    "prefix",
    "sep",
    "special",
    "start",
    "stop",
    "unk",
    "vocab",
];

/// Words before `tokens`, or run together with `token`, that make them secrets: otherwise they are
/// those of a text, or are counted.
const TOKENS: [&str; 10] = [
    "access", "api", "auth", "bearer", "github", "hf", "hub", "refresh", "secret", "service",
];

/// Words that stand behind: `token_url` is no token.
const TRAILERS: [&str; 4] = ["value", "base64", "b64", "raw"];

/// What only an example holds.
const EXAMPLES: [&str; 22] = [
    "example",
    "placeholder",
    "changeme",
    "change_me",
    "change-me",
    "your_",
    "your-",
    "yourkey",
    "yourtoken",
    "dummy",
    "redacted",
    "xxxx",
    "****",
    "....",
    "0000000000",
    "1234567890",
    "abcdef",
    "insert",
    "fake",
    "notreal",
    "sample",
    "replace",
];

/// Beginnings of what fills a value in later, or takes it from somewhere else.
const REFERENCES: [&str; 12] = [
    "${",
    "$(",
    "{{",
    "<",
    "%(",
    "{",
    "$",
    "vault:",
    "op://",
    "env:",
    "os.environ",
    "secretsmanager:",
];

/// Whether a variable or option of this name holds a secret.
///
/// Names are read as words, in `snake_case`, `kebab-case` or `camelCase`: `HF_TOKEN`, `apiKey` and
/// `db-password` promise secrets; `max_tokens`, `pad_token` and `primary_key` do not.
pub(crate) fn is_secret_name(name: &str) -> bool {
    let mut words = words(name);
    while words
        .last()
        .is_some_and(|word| TRAILERS.contains(&word.as_str()))
    {
        words.pop();
    }
    let Some((last, before)) = words.split_last() else {
        return false;
    };
    if before.iter().any(|word| word == "public") {
        return false;
    }
    let before = before.last().map(String::as_str);
    match last.as_str() {
        "key" | "keys" => before.is_some_and(|word| KEYS.contains(&word)),
        "tokens" => before.is_none_or(|word| TOKENS.contains(&word)),
        "auth" => true,
        "token" => before.is_none_or(|word| !TEXTS.contains(&word)),
        last => {
            let is_joined = |end, words: &[&str]| {
                let before = last.strip_suffix(end);
                before.is_some_and(|before| words.contains(&before))
            };
            SECRETS.contains(&last)
                || last.ends_with("secret")
                || PASSWORDS.iter().any(|end| last.ends_with(end))
                || is_joined("key", &KEYS)
                || is_joined("token", &TOKENS)
        }
    }
}

/// Whether a name that promises a secret may mean something plain as well, a number or a word:
/// `tokens=512`, `auth=basic`.
pub(crate) fn is_vague_name(name: &str) -> bool {
    words(name)
        .last()
        .is_some_and(|word| word == "tokens" || word == "auth")
}

/// The words of a name, in small letters.
fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut is_open = false;
    let mut was_small = false;
    for letter in name.chars() {
        if !letter.is_alphanumeric() {
            is_open = false;
            continue;
        }
        let begins = !is_open || (letter.is_uppercase() && was_small);
        if begins {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut() {
            word.extend(letter.to_lowercase());
        }
        (is_open, was_small) = (true, letter.is_lowercase() || letter.is_ascii_digit());
    }
    words
}

/// Whether a value is an example, empty, or says where the value comes from.
pub(crate) fn is_placeholder(value: &str) -> bool {
    let small = value.to_lowercase();
    let mut letters: Vec<char> = small.chars().collect();
    letters.sort_unstable();
    letters.dedup();
    letters.len() < 4
        || EXAMPLES.iter().any(|word| small.contains(word))
        || REFERENCES.iter().any(|start| small.starts_with(start))
}

/// Whether a value that has the name of a secret is one: no code, no path, no plain word.
pub(crate) fn is_secret_value(name: &str, value: &str) -> bool {
    if is_placeholder(value) || value.len() < 8 {
        return false;
    }
    if value.contains("://")
        || value.starts_with(['/', '.', '~', '@', ':'])
        || value.strip_prefix('!').is_some_and(is_identifier)
        || is_dotted(value)
        || is_template(value)
        || is_path(value)
    {
        return false;
    }
    let classes = classes(value);
    let words = words(name);
    let is_password = words
        .iter()
        .any(|word| word.starts_with("pass") || PASSWORDS.iter().any(|end| word.ends_with(end)));
    if is_password {
        return classes >= 2 && entropy(value) >= 2.5 && !is_identifier(value);
    }
    value.len() >= 12 && is_random(value)
}

/// Whether a value looks like chance: letters and digits, none of them favoured.
pub(crate) fn is_random(value: &str) -> bool {
    let has = |test: fn(&u8) -> bool| value.as_bytes().iter().any(test);
    if !(has(u8::is_ascii_digit) && has(u8::is_ascii_alphabetic)) {
        // Long letters of mixed case without any digit are as good as chance.
        let is_mixed = has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase);
        return is_mixed && value.len() >= 24 && entropy(value) >= 4.2 && !is_identifier(value);
    }
    let is_hex = value.bytes().all(|byte| byte.is_ascii_hexdigit());
    let least = if is_hex { 2.8 } else { 3.2 };
    entropy(value) >= least && !is_identifier(value)
}

/// Bits for each letter, as Shannon counts them.
fn entropy(value: &str) -> f64 {
    let mut counts = [0_u32; 256];
    for byte in value.bytes() {
        counts[usize::from(byte)] += 1;
    }
    let length = value.len().max(1) as f64;
    let parts = counts
        .iter()
        .filter(|count| **count > 0)
        .map(|count| f64::from(*count) / length);
    parts.map(|part| -part * part.log2()).sum()
}

/// How many of small letters, capitals, digits and signs there are.
fn classes(value: &str) -> usize {
    let tests: [fn(&u8) -> bool; 4] = [
        u8::is_ascii_lowercase,
        u8::is_ascii_uppercase,
        u8::is_ascii_digit,
        u8::is_ascii_punctuation,
    ];
    tests
        .iter()
        .filter(|test| value.as_bytes().iter().any(test))
        .count()
}

/// Whether a value is words that a person wrote: `my_token_name`, `bert-base-uncased-v2`, `GPT4Turbo`.
fn is_identifier(value: &str) -> bool {
    let parts: Vec<&str> = value.split(['_', '-', '.', ' ', '/', ':']).collect();
    let is_word = |part: &&str| {
        let letters = part.trim_end_matches(|letter: char| letter.is_ascii_digit());
        let digits = part.len() - letters.len();
        digits <= 4 && letters.chars().all(char::is_alphabetic) && reads_as_word(letters)
    };
    !parts.is_empty() && parts.iter().all(is_word)
}

/// Whether letters may be words: vowels among them, and capitals only where a word begins.
fn reads_as_word(letters: &str) -> bool {
    if letters.len() <= 3 {
        return true;
    }
    let is_vowel = |letter: char| "aeiouyAEIOUY".contains(letter);
    let vowels = letters.chars().filter(|letter| is_vowel(*letter)).count();
    let capitals = letters.chars().filter(char::is_ascii_uppercase).count();
    let has_vowels = vowels * 6 >= letters.len();
    let is_plain = capitals == letters.len() || capitals * 4 <= letters.len() + 2;
    has_vowels && is_plain && letters.len() <= 24
}

/// Whether a value is a template: words, and something that is filled in behind a `$`.
fn is_template(value: &str) -> bool {
    let before = value.split_once('$').map(|(before, _)| before);
    value.contains("${") || before.is_some_and(|before| is_identifier(before.trim_end_matches('.')))
}

/// Whether a value is an attribute of something: `self.config.token`.
fn is_dotted(value: &str) -> bool {
    let parts: Vec<&str> = value.split('.').collect();
    let is_name = |part: &&str| {
        part.starts_with(|letter: char| letter.is_ascii_alphabetic() || letter == '_')
            && part
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
            && part.len() <= 32
    };
    parts.len() > 1 && parts.iter().all(is_name)
}

/// Whether a value is the path of a file: parts with words, and an ending.
fn is_path(value: &str) -> bool {
    let parts: Vec<&str> = value.split('/').collect();
    parts.len() > 1 && parts.iter().all(|part| is_identifier(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_words() {
        for (name, is_one) in [
            ("HF_TOKEN", true),
            ("apiKey", true),
            ("APIKEY", true),
            ("PGPASSWORD", true),
            ("authtoken", true),
            ("eostoken", false),
            ("monkey", false),
            ("publicKeyToken", false),
            ("db-password", true),
            ("MLFLOW_TRACKING_PASSWORD", true),
            ("AWS_SECRET_ACCESS_KEY", true),
            ("client_secret", true),
            ("token", true),
            ("session.token", true),
            ("SECRET_KEY_BASE64", true),
            ("max_tokens", false),
            ("num_tokens", false),
            ("special-tokens", false),
            ("--tokens", true),
            ("api-keys", true),
            ("HF_KEY", true),
            ("wandb-key", true),
            ("MLFLOW_AUTH", true),
            ("key-column", false),
            ("author", false),
            ("pad_token", false),
            ("tokenizer", false),
            ("primary_key", false),
            ("key", false),
            ("secret_name", false),
            ("token_url", false),
            ("passenger", false),
            ("", false),
        ] {
            assert_eq!(is_secret_name(name), is_one, "{name}");
        }
    }

    #[test]
    fn values_of_people_are_told_from_chance() {
        for (name, value, is_one) in [
            ("token", "q7Xb2mPz9LkV4tRw8sYd", true),
            ("password", "Tr0ub4dor&3", true),
            ("secret", "9f86d081884c7d659a2feaa0c55ad015", true),
            ("token", "tokenizer.eos_token", false),
            ("token", "my_token_name_v2", false),
            ("api_key", "your_api_key_here", false),
            ("password", "${DB_PASSWORD}", false),
            ("password", "password", false),
            ("secret", "projects/demo/secrets/name", false),
            ("token", "https://host.example/oauth/token", false),
            ("token", "xxxxxxxxxxxxxxxxxxxx", false),
        ] {
            assert_eq!(is_secret_value(name, value), is_one, "{name} {value}");
        }
    }
}
