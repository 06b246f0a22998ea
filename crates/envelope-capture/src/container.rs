//! The probe of the container: whether this is one, what it was made from, and what it may use.
//!
//! A container has no word about its image that all engines would agree on, so that several places are
//! looked at. What the repository's Dockerfiles begin with is read beside it, since that is what its
//! maker wrote.

mod dockerfile;
mod limits;

use crate::known::Known;
use crate::os::{value_in, variable};
use crate::redact::redact_url;
use serde::{Deserialize, Serialize};
use std::ffi::OsString;
use std::fs;
use std::path::Path;

pub use dockerfile::{Base, Dockerfile};
pub use limits::Limits;

/// Where to look.
#[derive(Debug, Clone)]
pub struct Search<'a> {
    /// Where the system's files begin: `/`.
    pub root: &'a Path,
    /// The variables of the environment.
    pub variables: &'a [(OsString, OsString)],
    /// The root of the repository, whose Dockerfiles are read.
    pub repository: Option<&'a Path>,
}

/// What is known about the container.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Container {
    /// What made it, such as `docker` or `podman`; none where this is no container.
    pub engine: Known<Option<String>>,
    /// The image that it runs.
    pub image: Known<String>,
    /// What it may use, container or not.
    pub limits: Limits,
    /// The Dockerfiles of the repository, in order of their paths.
    pub dockerfiles: Known<Vec<Dockerfile>>,
}

/// Reads what is known about the container.
pub fn probe(search: &Search<'_>) -> Container {
    let engine = engine(search);
    Container {
        image: Known::of(image(search, engine.as_deref())),
        engine: Known::Value(engine),
        limits: limits::read(search.root),
        dockerfiles: Known::of(match search.repository {
            Some(repository) => dockerfile::all(repository),
            None => Err("there is no repository".to_owned()),
        }),
    }
}

/// Files that engines leave at the root.
const MARKS: [(&str, &str); 4] = [
    ("var/run/secrets/kubernetes.io/serviceaccount", "kubernetes"),
    ("run/.containerenv", "podman"),
    (".dockerenv", "docker"),
    (".singularity.d", "apptainer"),
];

/// Words in the names of control groups.
const GROUPS: [(&str, &str); 6] = [
    ("kubepods", "kubernetes"),
    ("libpod", "podman"),
    ("docker", "docker"),
    ("containerd", "containerd"),
    ("crio", "cri-o"),
    ("lxc", "lxc"),
];

fn engine(search: &Search<'_>) -> Option<String> {
    let set = |name: &str| variable(search.variables, name);
    if set("KUBERNETES_SERVICE_HOST").is_some() {
        return Some("kubernetes".into());
    }
    let mark = MARKS
        .iter()
        .find(|(path, _)| search.root.join(path).exists());
    if let Some((_, engine)) = mark {
        return Some((*engine).into());
    }
    if set("APPTAINER_CONTAINER")
        .or(set("SINGULARITY_CONTAINER"))
        .is_some()
    {
        return Some("apptainer".into());
    }
    // systemd's convention: whoever starts a container says so in this variable.
    if let Some(engine) = set("container") {
        return Some(engine.to_string_lossy().into_owned());
    }
    let groups = fs::read_to_string(search.root.join("proc/1/cgroup")).unwrap_or_default();
    let group = GROUPS.iter().find(|(word, _)| groups.contains(word));
    group.map(|(_, engine)| (*engine).into())
}

/// Variables in which images and platforms say what they are.
const IMAGE_VARIABLES: [&str; 5] = [
    "CONTAINER_IMAGE",
    "IMAGE_NAME",
    "DOCKER_IMAGE",
    "APPTAINER_CONTAINER",
    "SINGULARITY_CONTAINER",
];

fn image(search: &Search<'_>, engine: Option<&str>) -> Result<String, String> {
    let read = |path: &str| fs::read_to_string(search.root.join(path)).ok();
    let by_podman = read("run/.containerenv").and_then(|text| value_in(&text, "image"));
    let by_apptainer = || image_in_labels(&read(".singularity.d/labels.json")?);
    let by_variable = || {
        let mut values = IMAGE_VARIABLES
            .iter()
            .filter_map(|name| variable(search.variables, name));
        values
            .next()
            .map(|value| image_name(&value.to_string_lossy()))
    };
    by_podman
        .or_else(by_apptainer)
        .or_else(by_variable)
        .ok_or_else(|| match engine {
            Some(engine) => format!("{engine} does not tell a container what its image is"),
            None => "this is no container".to_owned(),
        })
}

/// An image as it is named; of an image in a file the last part, since the rest names one machine.
fn image_name(value: &str) -> String {
    let file = value
        .strip_prefix('/')
        .and_then(|path| path.rsplit('/').next());
    redact_url(file.unwrap_or(value))
}

/// The labels that say what an image was built from, the standard one first:
/// <https://specs.opencontainers.org/image-spec/annotations/>.
const IMAGE_LABELS: [&str; 3] = [
    "org.opencontainers.image.base.name",
    "org.label-schema.usage.singularity.deffile.from",
    "org.opencontainers.image.ref.name",
];

fn image_in_labels(labels: &str) -> Option<String> {
    let labels: serde_json::Value = serde_json::from_str(labels).ok()?;
    let mut found = IMAGE_LABELS
        .iter()
        .filter_map(|&label| labels.get(label)?.as_str());
    found.next().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(files: &[(&str, &str)], variables: &[(&str, &str)]) -> Container {
        let root = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let variables: Vec<(OsString, OsString)> = variables
            .iter()
            .map(|(name, value)| (name.into(), value.into()))
            .collect();
        probe(&Search {
            root: root.path(),
            variables: &variables,
            repository: None,
        })
    }

    #[test]
    fn tells_containers_by_what_engines_leave() {
        let podman = "engine=\"podman-4.9\"\nname=\"x\"\nimage=\"docker.example/python:3.12\"\n";
        let labels = r#"{"org.label-schema.usage.singularity.deffile.from": "ubuntu:22.04"}"#;
        for (files, variables, engine, image) in [
            (&[(".dockerenv", "")][..], &[][..], Some("docker"), None),
            (
                &[(".dockerenv", "")],
                &[("CONTAINER_IMAGE", "a:1")],
                Some("docker"),
                Some("a:1"),
            ),
            (
                &[("run/.containerenv", podman)],
                &[],
                Some("podman"),
                Some("docker.example/python:3.12"),
            ),
            (&[("run/.containerenv", "")], &[], Some("podman"), None),
            (
                &[(".singularity.d/labels.json", labels)],
                &[],
                Some("apptainer"),
                Some("ubuntu:22.04"),
            ),
            (
                &[(".singularity.d/labels.json", "[")],
                &[],
                Some("apptainer"),
                None,
            ),
            (
                &[("proc/1/cgroup", "1:cpu:/docker/abc\n")],
                &[],
                Some("docker"),
                None,
            ),
            (&[("proc/1/cgroup", "0::/init.scope\n")], &[], None, None),
            (
                &[(".dockerenv", "")],
                &[("KUBERNETES_SERVICE_HOST", "h")],
                Some("kubernetes"),
                None,
            ),
            (&[], &[("container", "lxc")], Some("lxc"), None),
            (&[], &[("container", "")], None, None),
        ] {
            let found = look(files, variables);
            assert_eq!(
                found.engine.value().unwrap().as_deref(),
                engine,
                "{files:?} {variables:?}"
            );
            assert_eq!(
                found.image.value().map(String::as_str),
                image,
                "{files:?} {variables:?}"
            );
        }
    }

    #[test]
    fn an_image_in_a_file_is_named_without_its_folder() {
        let found = look(&[], &[("APPTAINER_CONTAINER", "/images/train.sif")]);
        assert_eq!(found.engine.value().unwrap().as_deref(), Some("apptainer"));
        assert_eq!(found.image.value().map(String::as_str), Some("train.sif"));
        let found = look(&[], &[("CONTAINER_IMAGE", "host.example/team/train:3")]);
        assert_eq!(
            found.image.value().map(String::as_str),
            Some("host.example/team/train:3")
        );
    }

    #[test]
    fn says_why_an_image_is_not_known() {
        assert_eq!(look(&[], &[]).image.because(), Some("this is no container"));
        let found = look(&[(".dockerenv", "")], &[]);
        assert!(
            found
                .image
                .because()
                .unwrap()
                .starts_with("docker does not tell")
        );
    }
}
