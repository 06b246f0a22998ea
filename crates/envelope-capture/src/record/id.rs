//! Names of runs: in order of their time, and unique.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// The name of a run: `20261128-084812-123-k3v9x2q7`, its time in UTC to the millisecond, and chance.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RunId(String);

/// Letters that are told apart where case is not, without those taken for digits.
const LETTERS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
const RANDOM_LETTERS: usize = 8;

impl RunId {
    /// Makes a new name for a run that begins at this time, in milliseconds since 1970.
    pub fn new(time_ms: i64) -> Self {
        let time = jiff::Timestamp::from_millisecond(time_ms).unwrap_or_default();
        let chance =
            std::iter::repeat_with(|| char::from(LETTERS[fastrand::usize(..LETTERS.len())]));
        let chance: String = chance.take(RANDOM_LETTERS).collect();
        let milliseconds = time.subsec_millisecond().unsigned_abs();
        Self(format!(
            "{}-{milliseconds:03}-{chance}",
            time.strftime("%Y%m%d-%H%M%S")
        ))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl FromStr for RunId {
    type Err = String;

    /// Takes what [`new`](Self::new) makes and nothing else, so that it is safe as a folder's name.
    fn from_str(text: &str) -> Result<Self, String> {
        let lengths = [8, 6, 3, RANDOM_LETTERS];
        let parts: Vec<&str> = text.split('-').collect();
        let fits = parts.len() == lengths.len()
            && parts
                .iter()
                .zip(lengths)
                .all(|(part, length)| part.len() == length)
            && parts[..3]
                .concat()
                .bytes()
                .all(|byte| byte.is_ascii_digit())
            && parts[3].bytes().all(|byte| LETTERS.contains(&byte));
        if fits {
            Ok(Self(text.to_owned()))
        } else {
            Err(format!(
                "`{text}` is no name of a run, expected one such as 20261128-084812-123-k3v9x2q7"
            ))
        }
    }
}

impl TryFrom<String> for RunId {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<RunId> for String {
    fn from(id: RunId) -> Self {
        id.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_in_order_of_their_times_and_unique() {
        let times = [0, 999, 1_000, 1_795_854_396_026, 1_795_854_396_027];
        let ids: Vec<RunId> = times.into_iter().map(RunId::new).collect();
        assert!(ids.is_sorted(), "{ids:?}");
        assert!(
            ids[3].as_str().starts_with("20261128-082636-026-"),
            "{}",
            ids[3]
        );
        assert_ne!(RunId::new(5), RunId::new(5));
        for id in ids {
            assert_eq!(id.as_str().parse::<RunId>().unwrap(), id);
        }
    }

    #[test]
    fn refuses_what_is_no_name_of_a_run() {
        for text in [
            "",
            "..",
            "../../etc",
            "20261128-084812-123-",
            "20261128-084812-123-k3v9x2q",
            "20261128-084812-123-k3v9x2qO",
            "2026112a-084812-123-k3v9x2q7",
            "20261128-084812-123-k3v9x2q7-x",
        ] {
            assert!(text.parse::<RunId>().is_err(), "{text}");
            assert!(serde_json::from_str::<RunId>(&format!("{text:?}")).is_err());
        }
    }
}
