//! The environments that markers are asked about: one, or all that there may be.
//!
//! A marker such as `python_full_version < '3.11.3'` has an answer only where the *full* Python
//! version is known; `3.11` stands for `3.11.0`, as it does for uv. The values of a platform are
//! those that CPython gives there, see <https://peps.python.org/pep-0508/#environment-markers>.

use crate::error::Error;
use std::str::FromStr;
use uv_pep508::{MarkerEnvironment, MarkerEnvironmentBuilder, MarkerTree};

/// One environment: the values of all markers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Environment {
    markers: MarkerEnvironment,
}

impl Environment {
    /// CPython of this version on this platform.
    ///
    /// # Errors
    ///
    /// [`Error::Environment`] when the version is not one of Python, such as `3.11.7`.
    pub fn new(python_version: &str, platform: Platform) -> Result<Self, Error> {
        let wrong = || Error::Environment {
            message: format!(
                "`{python_version}` is not a Python version, expected one such as `3.11.7`"
            ),
        };
        let mut parts = python_version.trim().splitn(3, '.');
        let major = parts.next().filter(is_number).ok_or_else(wrong)?;
        let minor = parts.next().filter(is_number).ok_or_else(wrong)?;
        let full = format!("{major}.{minor}.{}", parts.next().unwrap_or("0"));
        let (os_name, sys_platform, system) = platform.system();
        let markers = MarkerEnvironmentBuilder {
            implementation_name: "cpython",
            implementation_version: &full,
            os_name,
            platform_machine: platform.machine(),
            platform_python_implementation: "CPython",
            platform_release: "",
            platform_system: system,
            platform_version: "",
            python_full_version: &full,
            python_version: &format!("{major}.{minor}"),
            sys_platform,
        };
        let markers = markers.try_into().map_err(|_| wrong())?;
        Ok(Self { markers })
    }

    /// Reads the values of all eleven markers from a JSON object, such as pip or
    /// `packaging.markers.default_environment()` gives.
    ///
    /// # Errors
    ///
    /// [`Error::Environment`] when the text is not such an object.
    pub fn from_json(text: &str) -> Result<Self, Error> {
        serde_json::from_str(text)
            .map(|markers| Self { markers })
            .map_err(|error| Error::Environment {
                message: format!("the markers are not an object of the eleven values: {error}"),
            })
    }

    /// Whether a marker is true here, with no extra asked for.
    pub fn fulfils(&self, marker: MarkerTree) -> bool {
        marker.is_true() || marker.evaluate(&self.markers, &[])
    }

    /// The values themselves.
    pub fn markers(&self) -> &MarkerEnvironment {
        &self.markers
    }

    /// The full Python version.
    pub fn python_full_version(&self) -> String {
        self.markers.python_full_version().to_string()
    }
}

impl std::fmt::Display for Environment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{} {} on {} {}",
            self.markers.platform_python_implementation(),
            self.markers.python_full_version(),
            self.markers.sys_platform(),
            self.markers.platform_machine(),
        )
    }
}

fn is_number(text: &&str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// An operating system and a processor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Platform {
    LinuxX86_64,
    LinuxAarch64,
    MacosX86_64,
    MacosArm64,
    WindowsX86_64,
    WindowsArm64,
}

impl Platform {
    /// Every platform, with the name that [`Platform::from_str`] takes.
    pub const ALL: [(&'static str, Self); 6] = [
        ("linux-x86_64", Self::LinuxX86_64),
        ("linux-aarch64", Self::LinuxAarch64),
        ("macos-x86_64", Self::MacosX86_64),
        ("macos-arm64", Self::MacosArm64),
        ("windows-x86_64", Self::WindowsX86_64),
        ("windows-arm64", Self::WindowsArm64),
    ];

    /// The platform that this program was built for, where it is one of them.
    pub fn of_this_build() -> Option<Self> {
        let system = std::env::consts::OS;
        let machine = std::env::consts::ARCH;
        format!("{system}-{machine}").parse().ok()
    }

    /// The name that [`Platform::from_str`] takes.
    pub fn name(self) -> &'static str {
        let found = Self::ALL.iter().find(|(_, platform)| *platform == self);
        found.map_or("unknown", |(name, _)| name)
    }

    fn system(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::LinuxX86_64 | Self::LinuxAarch64 => ("posix", "linux", "Linux"),
            Self::MacosX86_64 | Self::MacosArm64 => ("posix", "darwin", "Darwin"),
            Self::WindowsX86_64 | Self::WindowsArm64 => ("nt", "win32", "Windows"),
        }
    }

    fn machine(self) -> &'static str {
        match self {
            Self::LinuxX86_64 | Self::MacosX86_64 => "x86_64",
            Self::LinuxAarch64 => "aarch64",
            Self::MacosArm64 => "arm64",
            Self::WindowsX86_64 => "AMD64",
            Self::WindowsArm64 => "ARM64",
        }
    }
}

impl FromStr for Platform {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let name = text.trim().to_lowercase();
        let (system, machine) = name.split_once('-').unwrap_or((&name, "x86_64"));
        let system = match system {
            "darwin" | "osx" | "mac" => "macos",
            "win" | "win32" => "windows",
            other => other,
        };
        let machine = match (system, machine) {
            (_, "amd64" | "x64") => "x86_64",
            ("linux", "arm64") => "aarch64",
            (_, "aarch64") if system != "linux" => "arm64",
            (_, other) => other,
        };
        let known = Self::ALL
            .iter()
            .find(|(name, _)| name.split_once('-') == Some((system, machine)));
        known.map(|(_, platform)| *platform).ok_or_else(|| {
            let names: Vec<&str> = Self::ALL.iter().map(|(name, _)| *name).collect();
            Error::Environment {
                message: format!(
                    "the platform `{text}` is not known, expected one of {}",
                    names.join(", ")
                ),
            }
        })
    }
}

/// What a graph is asked about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Target {
    /// One environment: every marker is true or false.
    One(Environment),
    /// Every environment: markers are kept, joined and simplified.
    #[default]
    Universal,
}

impl std::fmt::Display for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::One(environment) => environment.fmt(f),
            Self::Universal => f.write_str("every environment"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn platforms_have_their_usual_spellings() {
        for (text, expected) in [
            ("linux-x86_64", Platform::LinuxX86_64),
            ("linux", Platform::LinuxX86_64),
            ("Linux-arm64", Platform::LinuxAarch64),
            ("darwin-aarch64", Platform::MacosArm64),
            ("macos-arm64", Platform::MacosArm64),
            ("win32-amd64", Platform::WindowsX86_64),
        ] {
            assert_eq!(
                text.parse::<Platform>().expect("a platform"),
                expected,
                "{text}"
            );
        }
        assert!("beos-x86_64".parse::<Platform>().is_err());
    }

    #[test]
    fn a_short_python_version_is_its_first_release() {
        let environment = Environment::new("3.11", Platform::LinuxX86_64).expect("a version");
        assert_eq!(environment.python_full_version(), "3.11.0");
        for wrong in ["", "3", "three", "3.x", "3.11.*"] {
            assert!(
                Environment::new(wrong, Platform::LinuxX86_64).is_err(),
                "{wrong:?}"
            );
        }
    }
}
