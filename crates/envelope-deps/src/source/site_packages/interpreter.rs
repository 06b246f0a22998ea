//! The interpreter that an environment belongs to, told without starting it.
//!
//! The full version is in `pyvenv.cfg` (<https://docs.python.org/3/library/site.html>) or in the
//! name of conda's record of Python; a short one in the path `lib/python3.11/` and in the names of
//! compiled files, such as `_core.cpython-311-x86_64-linux-gnu.so`
//! (<https://peps.python.org/pep-3149/>), which also tell the platform.

use crate::environment::{Environment, Platform};
use crate::inventory::Distribution;
use memchr::memmem;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

/// An environment, and what of it had to be assumed.
pub(super) struct Found {
    pub(super) environment: Environment,
    pub(super) note: Option<String>,
}

/// What is known so far.
#[derive(Debug, Default, PartialEq, Eq)]
struct Traces {
    /// `3.11.7`, or `3.11`.
    version: Option<String>,
    platform: Option<Platform>,
    /// The name of an implementation that is not CPython.
    other: Option<String>,
}

/// Finds the interpreter of a `site-packages`.
///
/// # Errors
///
/// In a sentence, that it is not known, or is one whose markers are not known here.
pub(super) fn find(folder: &Path, installed: &[Distribution]) -> Result<Found, String> {
    let mut traces = Traces::default();
    for root in [folder.join("../.."), folder.join("../../..")] {
        if traces.version.is_none() {
            traces.read_config(&root);
            traces.read_conda(&root);
        }
    }
    if traces.version.is_none() {
        traces.read_path(folder);
    }
    traces.read_records(installed);
    if traces.platform.is_none() && is_windows(folder) {
        traces.platform = Some(Platform::WindowsX86_64);
    }
    traces.conclude()
}

/// Windows alone has `Lib/site-packages`; elsewhere the version lies between.
fn is_windows(folder: &Path) -> bool {
    let parent = folder.parent().and_then(Path::file_name);
    parent.is_some_and(|name| name == "Lib")
}

impl Traces {
    fn conclude(self) -> Result<Found, String> {
        if let Some(other) = self.other {
            return Err(format!(
                "the environment is of {other}, whose markers are not known here"
            ));
        }
        let version = self.version.ok_or(
            "the Python version is not known: there is no pyvenv.cfg, and no compiled file tells it",
        )?;
        let mut assumed = Vec::new();
        if version.matches('.').count() < 2 {
            assumed.push(format!("Python {version} for {version}.0"));
        }
        let platform = self.platform.unwrap_or_else(|| {
            let own = Platform::of_this_build().unwrap_or(Platform::LinuxX86_64);
            assumed.push(format!("the platform for {}", own.name()));
            own
        });
        let environment = Environment::new(&version, platform).map_err(|e| e.to_string())?;
        let note = (!assumed.is_empty()).then(|| {
            format!(
                "not told by the environment, and taken: {}",
                assumed.join(", ")
            )
        });
        Ok(Found { environment, note })
    }

    fn read_config(&mut self, root: &Path) {
        let Ok(text) = std::fs::read_to_string(root.join("pyvenv.cfg")) else {
            return;
        };
        let value = |key: &str| {
            let lines = text.lines().filter_map(|line| line.split_once('='));
            let mut values = lines.filter(|(name, _)| name.trim() == key);
            values.next().map(|(_, value)| value.trim())
        };
        self.other = value("implementation")
            .filter(|name| !name.eq_ignore_ascii_case("cpython"))
            .map(str::to_owned);
        // Virtualenv writes `3.11.7.final.0` here, and sometimes its own version as `version`.
        self.version = value("version_info")
            .or_else(|| value("version"))
            .map(|text| {
                let numbers: Vec<&str> = text.split('.').take(3).collect();
                numbers.join(".")
            });
    }

    /// `conda-meta/python-3.11.7-h955ad1f_0.json`.
    fn read_conda(&mut self, root: &Path) {
        if self.version.is_some() {
            return;
        }
        let names = super::folder::entries(&root.join("conda-meta")).unwrap_or_default();
        self.version = names.iter().find_map(|name| {
            let name = name.to_string_lossy();
            let version = name.strip_prefix("python-")?.split('-').next()?;
            version
                .starts_with(|c: char| c.is_ascii_digit())
                .then(|| version.to_owned())
        });
    }

    fn read_path(&mut self, folder: &Path) {
        let Ok(folder) = folder.canonicalize() else {
            return;
        };
        for part in folder.iter().rev() {
            let part = part.to_string_lossy();
            if let Some(version) = part.strip_prefix("python3.")
                && is_number(version)
            {
                self.version = Some(format!("3.{version}"));
                return;
            }
            if part.starts_with("pypy3") {
                self.other = Some("PyPy".to_owned());
                return;
            }
        }
    }

    /// Looks at the names of installed files until all is known, or nothing more is to be hoped
    /// for: where the first packages have no compiled files, the environment is hardly a real one.
    fn read_records(&mut self, installed: &[Distribution]) {
        let mut record = Vec::new();
        for distribution in installed.iter().take(MOST_RECORDS) {
            if self.version.is_some() && self.platform.is_some() {
                return;
            }
            let Some(folder) = &distribution.metadata_folder else {
                continue;
            };
            record.clear();
            let file = File::open(folder.join("RECORD"));
            let read = file.and_then(|file| file.take(LONGEST).read_to_end(&mut record));
            if read.is_ok() {
                self.read_names(&record);
            }
        }
    }

    /// Looks for `.cpython-311-x86_64-linux-gnu`, `.cpython-311.pyc` and `.cp311-win_amd64`.
    fn read_names(&mut self, record: &[u8]) {
        for tag in [&b".cpython-3"[..], b".cp3"] {
            for at in memmem::find_iter(record, tag) {
                let rest = &record[at + tag.len()..];
                let ends = rest.iter().position(|byte| !byte.is_ascii_digit());
                let (minor, rest) = rest.split_at(ends.unwrap_or(rest.len()));
                if minor.is_empty() {
                    continue;
                }
                let minor = String::from_utf8_lossy(minor);
                self.version.get_or_insert_with(|| format!("3.{minor}"));
                self.platform = platform_of_tag(rest);
                if self.platform.is_some() {
                    return;
                }
            }
        }
    }
}

const MOST_RECORDS: usize = 64;
const LONGEST: u64 = 16 << 20;

/// The platform in what follows the version in a tag. A tag of macOS does not name the processor,
/// which today is Apple's.
fn platform_of_tag(rest: &[u8]) -> Option<Platform> {
    let known: [(&[u8], Platform); 6] = [
        (b"-x86_64-linux", Platform::LinuxX86_64),
        (b"-aarch64-linux", Platform::LinuxAarch64),
        (b"-darwin", Platform::MacosArm64),
        (b"-win_amd64", Platform::WindowsX86_64),
        (b"-win_arm64", Platform::WindowsArm64),
        (b"-win32", Platform::WindowsX86_64),
    ];
    let found = known.iter().find(|(tag, _)| rest.starts_with(tag));
    found.map(|(_, platform)| *platform)
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compiled_files_tell_the_version_and_the_platform() {
        for (record, version, platform) in [
            ("", None, None),
            ("a/b.cpython-311.pyc,,\n", Some("3.11"), None),
            ("a/b.abi3.so,,\na.cpython.py,,", None, None),
            (
                "a/__pycache__/b.cpython-311.pyc,,\na/c.cpython-311-x86_64-linux-gnu.so,,1\n",
                Some("3.11"),
                Some(Platform::LinuxX86_64),
            ),
            (
                "a.cpython-39-aarch64-linux-musl.so,,1",
                Some("3.9"),
                Some(Platform::LinuxAarch64),
            ),
            (
                "a.cpython-314-darwin.so,,1",
                Some("3.14"),
                Some(Platform::MacosArm64),
            ),
            (
                "a\\b.cp312-win_amd64.pyd,,1",
                Some("3.12"),
                Some(Platform::WindowsX86_64),
            ),
        ] {
            let mut traces = Traces::default();
            traces.read_names(record.as_bytes());
            assert_eq!(traces.version.as_deref(), version, "{record}");
            assert_eq!(traces.platform, platform, "{record}");
        }
    }

    #[test]
    fn what_is_assumed_is_said() {
        let found = Traces {
            version: Some("3.11".to_owned()),
            platform: Some(Platform::LinuxX86_64),
            other: None,
        };
        let found = found.conclude().expect("an environment");
        assert_eq!(found.environment.python_full_version(), "3.11.0");
        assert_eq!(
            found.note.as_deref(),
            Some("not told by the environment, and taken: Python 3.11 for 3.11.0")
        );
        assert!(Traces::default().conclude().is_err());
    }
}
