//! What setuptools wrote before `dist-info`: `egg-info` folders and files, eggs, and links to
//! folders in development. Their requirements stand in `requires.txt`: lines below `[extra]`,
//! `[:marker]` or `[extra:marker]`.

use super::{Reader, metadata};
use crate::inventory::{Distribution, Origin};
use crate::names::ExtraName;
use crate::requirement::Markers;
use std::path::{Path, PathBuf};
use uv_pep508::{ExtraOperator, MarkerExpression, MarkerTree, MarkerValueExtra};

impl Reader {
    /// A folder with PKG-INFO, and `requires.txt` unless PKG-INFO itself tells the requirements.
    pub(super) fn egg_info(&mut self, name: &str, path: PathBuf) -> Result<Distribution, String> {
        let mut distribution = self.described(name, &path.join("PKG-INFO"))?;
        if distribution.requires.is_empty()
            && let Ok(text) = std::fs::read(path.join("requires.txt"))
        {
            let text = String::from_utf8_lossy(&text);
            let problems = read_requires(&text, &mut distribution, &mut self.markers);
            let problems = problems.into_iter();
            self.notes
                .extend(problems.map(|problem| format!("`{name}`: {problem}")));
        }
        distribution.metadata_folder = Some(path);
        Ok(distribution)
    }

    /// A single file, as distutils left it: the metadata and nothing else.
    pub(super) fn egg_file(&mut self, name: &str, path: PathBuf) -> Result<Distribution, String> {
        let mut distribution = self.described(name, &path)?;
        distribution.metadata_folder = Some(path);
        Ok(distribution)
    }

    /// A file that names a folder in development, where the metadata lies.
    pub(super) fn egg_link(&mut self, name: &str, path: &Path) -> Result<Distribution, String> {
        let text = std::fs::read_to_string(path).map_err(|error| error.to_string())?;
        let target = text.lines().next().unwrap_or_default().trim();
        let beside = path.parent().unwrap_or(Path::new(""));
        let folder = beside.join(target);
        let entries = super::folder::entries(&folder)
            .map_err(|_| format!("it leads to `{target}`, which cannot be read"))?;
        let info = entries
            .iter()
            .find(|entry| super::Kind::of_entry(entry) == Some(super::Kind::EggInfo));
        let info = info.ok_or_else(|| format!("there is no metadata in `{target}`"))?;
        let mut distribution = self.egg_info(name, folder.join(info))?;
        distribution.origin = Origin::Editable(target.to_owned());
        // What lies in the folder is the user's own, and goes with no uninstall.
        distribution.metadata_folder = None;
        Ok(distribution)
    }
}

/// Adds the requirements of a `requires.txt`; gives what could not be understood.
fn read_requires(text: &str, to: &mut Distribution, markers: &mut Markers) -> Vec<String> {
    let mut problems = Vec::new();
    // None while in a section that cannot be understood.
    let mut section = Some(MarkerTree::TRUE);
    for line in text.lines().map(str::trim) {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(heading) = line.strip_prefix('[') {
            let heading = heading.strip_suffix(']').unwrap_or(heading);
            section = match read_heading(heading, &mut to.extras, markers) {
                Ok(marker) => Some(marker),
                Err(wrong) => {
                    problems.push(format!(
                        "the section `[{heading}]` was passed over: {wrong}"
                    ));
                    None
                }
            };
            continue;
        }
        let Some(marker) = section else { continue };
        if let Some(mut asked) = metadata::requirement(line, markers, &mut problems) {
            asked.marker = asked.marker.and(marker);
            to.requires.to_mut().push(asked);
        }
    }
    problems
}

/// When the requirements of a section hold.
fn read_heading(
    heading: &str,
    extras: &mut Vec<ExtraName>,
    markers: &mut Markers,
) -> Result<MarkerTree, String> {
    let (extra, marker) = match heading.split_once(':') {
        Some((extra, marker)) => (extra.trim(), markers.read(marker.trim())?),
        None => (heading.trim(), MarkerTree::TRUE),
    };
    if extra.is_empty() {
        return Ok(marker);
    }
    let extra: ExtraName = extra.parse().map_err(|_| "it is no name of an extra")?;
    if !extras.contains(&extra) {
        extras.push(extra.clone());
    }
    let is_on = MarkerTree::expression(MarkerExpression::Extra {
        operator: ExtraOperator::Equal,
        name: MarkerValueExtra::Extra(extra),
    });
    Ok(marker.and(is_on))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_become_markers() {
        let mut distribution = Distribution::new("a".parse().expect("a name"));
        let text = "b>=1\n\n[:python_version < \"3.8\"]\nc\n[Test_X]\nd[e]\n\
                    [x:os_name == 'nt']\nf; python_version > '3'\n[x:nonsense]\ng\n[no extra]\nh\n";
        let problems = read_requires(text, &mut distribution, &mut Markers::default());
        let shown: Vec<String> = distribution
            .requires
            .iter()
            .map(|one| format!("{one}; {}", one.marker.try_to_string().unwrap_or_default()))
            .collect();
        assert_eq!(
            shown,
            [
                "b>=1; ",
                "c; python_full_version < '3.8'",
                "d[e]; extra == 'test-x'",
                "f; python_full_version >= '3.1' and os_name == 'nt' and extra == 'x'",
            ]
        );
        let extras: Vec<&str> = distribution.extras.iter().map(AsRef::as_ref).collect();
        assert_eq!(extras, ["test-x", "x"]);
        assert_eq!(problems.len(), 2, "{problems:?}");
    }
}
