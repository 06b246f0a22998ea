//! The probe of the container: which runtime, which image, which limits.
//!
//! From inside, a container shows little of its image: labels are the runtime's, and only podman leaves
//! a file that names the image. What a repository's Dockerfiles build on is for [`base_images`].

mod dockerfile;

use crate::known::Known;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

pub use dockerfile::{BaseImage, base_images};

/// What is known of the container around a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ContainerFacts {
    /// The runtime: `docker`, `podman`, `kubernetes`; none outside of a container, as far as files say.
    pub runtime: Option<String>,
    /// The image.
    pub image: Known<String>,
    /// How many processors may be used at a time; none without a limit.
    pub cpu_limit: Known<Option<f64>>,
    /// How much memory may be used; none without a limit.
    pub memory_limit_bytes: Known<Option<u64>>,
}

/// Files that a runtime leaves, and its name.
const TRACES: [(&str, &str); 4] = [
    ("run/.containerenv", "podman"),
    (".dockerenv", "docker"),
    ("var/run/secrets/kubernetes.io/serviceaccount", "kubernetes"),
    ("singularity", "apptainer"),
];

/// Variables that a runtime sets, and its name.
const VARIABLES: [(&str, &str); 3] = [
    ("KUBERNETES_SERVICE_HOST", "kubernetes"),
    ("APPTAINER_CONTAINER", "apptainer"),
    ("SINGULARITY_CONTAINER", "apptainer"),
];

/// Finds out about the container whose files are below a root, from inside `/`, and whose environment
/// is that given.
pub fn probe(root: &Path, environment: &BTreeMap<OsString, OsString>) -> ContainerFacts {
    let runtime = runtime(root, environment);
    let image = match &runtime {
        None => Err("no container is around".to_owned()),
        Some(runtime) => {
            image(root, environment).ok_or_else(|| format!("{runtime} does not tell it inside"))
        }
    };
    ContainerFacts {
        runtime,
        image: Known::of(image),
        cpu_limit: Known::of(cpu_limit(root)),
        memory_limit_bytes: Known::of(memory_limit(root)),
    }
}

fn runtime(root: &Path, environment: &BTreeMap<OsString, OsString>) -> Option<String> {
    // The more one runtime builds on another, the earlier it stands.
    let variable = VARIABLES
        .iter()
        .find(|(name, _)| environment.contains_key(&OsString::from(name)));
    let trace = TRACES.iter().find(|(path, _)| root.join(path).exists());
    if let Some((_, name)) = variable.or(trace) {
        return Some((*name).to_owned());
    }
    let said = environment.get(&OsString::from("container"))?;
    Some(said.to_string_lossy().into_owned())
}

/// The file of podman has lines `image="…"`; the variables of apptainer name the image's file.
fn image(root: &Path, environment: &BTreeMap<OsString, OsString>) -> Option<String> {
    let text = fs::read_to_string(root.join("run/.containerenv")).unwrap_or_default();
    let podman = text
        .lines()
        .find_map(|line| line.strip_prefix("image=\"")?.strip_suffix('"'));
    if let Some(image) = podman {
        return Some(image.to_owned());
    }
    let names = ["APPTAINER_CONTAINER", "SINGULARITY_CONTAINER"];
    let file = names
        .iter()
        .find_map(|name| environment.get(&OsString::from(name)))?;
    let name = Path::new(file).file_name()?;
    Some(name.to_string_lossy().into_owned())
}

/// The folders that say the limits of this process, its own first, then those around it, see
/// <https://docs.kernel.org/admin-guide/cgroup-v2.html>.
fn groups(root: &Path, controller: &str) -> Result<Vec<PathBuf>, String> {
    let text = fs::read_to_string(root.join("proc/self/cgroup"));
    let text = text.map_err(|error| format!("cannot read `/proc/self/cgroup`: {error}"))?;
    let mut folders = Vec::new();
    for line in text.lines() {
        let mut parts = line.splitn(3, ':');
        let (Some(_), Some(controllers), Some(path)) = (parts.next(), parts.next(), parts.next())
        else {
            continue;
        };
        let top = match controllers {
            "" => root.join("sys/fs/cgroup"),
            names if names.split(',').any(|name| name == controller) => {
                root.join("sys/fs/cgroup").join(controller)
            }
            _ => continue,
        };
        let own = path.trim_matches('/');
        let around = Path::new(own).ancestors().map(|part| top.join(part));
        folders.extend(around);
    }
    Ok(folders)
}

/// The least of the limits that any folder says.
fn least<T: PartialOrd>(folders: &[PathBuf], read: impl Fn(&Path) -> Option<T>) -> Option<T> {
    let limits = folders.iter().filter_map(|folder| read(folder));
    limits.reduce(|one, other| if other < one { other } else { one })
}

fn number(path: &Path) -> Option<u64> {
    fs::read_to_string(path).ok()?.trim().parse().ok()
}

fn memory_limit(root: &Path) -> Result<Option<u64>, String> {
    // In the first version, no limit is the largest number of whole pages.
    let first = |folder: &Path| {
        number(&folder.join("memory.limit_in_bytes")).filter(|limit| *limit < 1 << 60)
    };
    let second = |folder: &Path| number(&folder.join("memory.max"));
    Ok(least(&groups(root, "memory")?, |folder| {
        second(folder).or_else(|| first(folder))
    }))
}

fn cpu_limit(root: &Path) -> Result<Option<f64>, String> {
    let share = |quota: u64, period: u64| (period > 0).then(|| quota as f64 / period as f64);
    let second = |folder: &Path| {
        let text = fs::read_to_string(folder.join("cpu.max")).ok()?;
        let (quota, period) = text.trim().split_once(' ')?;
        share(quota.parse().ok()?, period.parse().ok()?)
    };
    let first = |folder: &Path| {
        // Without a limit, the quota is -1, which is no number of this kind.
        share(
            number(&folder.join("cpu.cfs_quota_us"))?,
            number(&folder.join("cpu.cfs_period_us"))?,
        )
    };
    Ok(least(&groups(root, "cpu")?, |folder| {
        second(folder).or_else(|| first(folder))
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rooted(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        folder
    }

    fn facts(files: &[(&str, &str)], variables: &[(&str, &str)]) -> ContainerFacts {
        let variables = variables
            .iter()
            .map(|(name, value)| (name.into(), value.into()));
        probe(rooted(files).path(), &variables.collect())
    }

    #[test]
    fn runtimes_are_known_by_what_they_leave() {
        for (files, variables, runtime, image) in [
            (
                &[(".dockerenv", "")][..],
                &[][..],
                Some("docker"),
                Err("docker does not tell it inside"),
            ),
            (
                &[(
                    "run/.containerenv",
                    "engine=\"podman-4\"\nimage=\"host.example/team/train:3\"\n",
                )],
                &[],
                Some("podman"),
                Ok("host.example/team/train:3"),
            ),
            (
                &[(".dockerenv", "")],
                &[("KUBERNETES_SERVICE_HOST", "10.0.0.1")],
                Some("kubernetes"),
                Err("kubernetes does not tell it inside"),
            ),
            (
                &[],
                &[("APPTAINER_CONTAINER", "/images/train.sif")],
                Some("apptainer"),
                Ok("train.sif"),
            ),
            (
                &[],
                &[("container", "lxc")],
                Some("lxc"),
                Err("lxc does not tell it inside"),
            ),
            (&[], &[], None, Err("no container is around")),
        ] {
            let is = facts(files, variables);
            assert_eq!(is.runtime.as_deref(), runtime);
            assert_eq!(is.image, Known::of(image.map(str::to_owned)));
        }
    }

    #[test]
    fn the_least_limit_of_all_groups_counts() {
        let second = facts(
            &[
                ("proc/self/cgroup", "0::/job/step\n"),
                ("sys/fs/cgroup/job/memory.max", "1073741824\n"),
                ("sys/fs/cgroup/job/cpu.max", "150000 100000\n"),
                ("sys/fs/cgroup/job/step/memory.max", "max\n"),
                ("sys/fs/cgroup/job/step/cpu.max", "max 100000\n"),
            ],
            &[],
        );
        assert_eq!(second.memory_limit_bytes, Known::Value(Some(1 << 30)));
        assert_eq!(second.cpu_limit, Known::Value(Some(1.5)));
        let first = facts(
            &[
                (
                    "proc/self/cgroup",
                    "4:memory:/job\n3:cpu,cpuacct:/job\n0::/\n",
                ),
                (
                    "sys/fs/cgroup/memory/job/memory.limit_in_bytes",
                    "9223372036854771712\n",
                ),
                ("sys/fs/cgroup/cpu/job/cpu.cfs_quota_us", "200000\n"),
                ("sys/fs/cgroup/cpu/job/cpu.cfs_period_us", "100000\n"),
            ],
            &[],
        );
        assert_eq!(first.memory_limit_bytes, Known::Value(None));
        assert_eq!(first.cpu_limit, Known::Value(Some(2.0)));
        let none = facts(&[], &[]);
        assert!(
            none.cpu_limit
                .because()
                .unwrap()
                .starts_with("cannot read `/proc/self/cgroup`: ")
        );
    }
}
