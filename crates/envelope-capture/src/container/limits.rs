//! What a control group may use of processors and memory, in both versions of Linux's interface.
//!
//! The files: <https://docs.kernel.org/admin-guide/cgroup-v2.html> and, for the older,
//! <https://docs.kernel.org/admin-guide/cgroup-v1/memory.html>.

use serde::{Deserialize, Serialize};
use std::fs;
use std::path::{Path, PathBuf};

/// Limits of this process and of all above it; the narrowest counts. None where there is none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Processor time, in thousandths of a processor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpu_thousandths: Option<u64>,
    /// Memory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory_bytes: Option<u64>,
}

/// The older interface writes "no limit" as the largest number of whole pages.
const NO_LIMIT_BYTES: u64 = 1 << 60;

pub(super) fn read(root: &Path) -> Limits {
    let groups = fs::read_to_string(root.join("proc/self/cgroup")).unwrap_or_default();
    let mut limits = Limits::default();
    for line in groups.lines() {
        let mut fields = line.splitn(3, ':');
        let (Some(_), Some(controllers), Some(group)) =
            (fields.next(), fields.next(), fields.next())
        else {
            continue;
        };
        let mount = root.join("sys/fs/cgroup");
        if controllers.is_empty() {
            for folder in upwards(&mount, group).chain(upwards(&mount.join("unified"), group)) {
                limits.narrow(cpu_max(&folder), bytes(&folder.join("memory.max")));
            }
            continue;
        }
        for controller in controllers.split(',') {
            // Inside a container the group's own folder is mounted, under a name from outside.
            let places = [mount.join(controllers), mount.join(controller)];
            for folder in places.iter().flat_map(|mount| upwards(mount, group)) {
                match controller {
                    "cpu" => limits.narrow(cpu_quota(&folder), None),
                    "memory" => limits.narrow(None, bytes(&folder.join("memory.limit_in_bytes"))),
                    _ => {}
                }
            }
        }
    }
    limits
}

impl Limits {
    fn narrow(&mut self, cpu_thousandths: Option<u64>, memory_bytes: Option<u64>) {
        let least = |one: Option<u64>, other: Option<u64>| one.into_iter().chain(other).min();
        self.cpu_thousandths = least(self.cpu_thousandths, cpu_thousandths);
        self.memory_bytes = least(self.memory_bytes, memory_bytes);
    }
}

/// The folder of a group and those of all groups that it is in. A group's name may lead out of what is
/// mounted, as `/../x` does; such parts are left out.
fn upwards(mount: &Path, group: &str) -> impl Iterator<Item = PathBuf> + use<> {
    let parts: Vec<String> = group
        .split('/')
        .filter(|part| !part.is_empty() && *part != "..")
        .map(str::to_owned)
        .collect();
    let mount = mount.to_owned();
    (0..=parts.len()).rev().map(move |count| {
        parts[..count]
            .iter()
            .fold(mount.clone(), |path, part| path.join(part))
    })
}

/// `50000 100000`: of so many microseconds.
fn cpu_max(folder: &Path) -> Option<u64> {
    let text = fs::read_to_string(folder.join("cpu.max")).ok()?;
    let (quota, period) = text.trim().split_once(' ')?;
    thousandths(quota.parse().ok()?, period.parse().ok()?)
}

fn cpu_quota(folder: &Path) -> Option<u64> {
    let number = |name: &str| {
        fs::read_to_string(folder.join(name))
            .ok()?
            .trim()
            .parse()
            .ok()
    };
    thousandths(number("cpu.cfs_quota_us")?, number("cpu.cfs_period_us")?)
}

fn thousandths(quota: u64, period: u64) -> Option<u64> {
    quota.checked_mul(1000)?.checked_div(period)
}

fn bytes(file: &Path) -> Option<u64> {
    let bytes = fs::read_to_string(file).ok()?.trim().parse().ok()?;
    (bytes < NO_LIMIT_BYTES).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(files: &[(&str, &str)]) -> (Option<u64>, Option<u64>) {
        let root = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let limits = read(root.path());
        (limits.cpu_thousandths, limits.memory_bytes)
    }

    #[test]
    fn the_narrowest_group_counts() {
        let here = ("proc/self/cgroup", "0::/a/b\n");
        let (inner, outer) = ("sys/fs/cgroup/a/b/memory.max", "sys/fs/cgroup/a/memory.max");
        let cpu = "sys/fs/cgroup/a/b/cpu.max";
        for (files, expected) in [
            (&[here, (cpu, "150000 100000\n")][..], (Some(1500), None)),
            (
                &[here, (inner, "max\n"), (outer, "1000\n")],
                (None, Some(1000)),
            ),
            (
                &[here, (inner, "500\n"), (outer, "1000\n")],
                (None, Some(500)),
            ),
            (&[here, (cpu, "max 100000\n")], (None, None)),
            (&[here, (cpu, "1 0\n")], (None, None)),
            (&[(outer, "1000\n")], (None, None)),
            (&[("proc/self/cgroup", "odd\n")], (None, None)),
        ] {
            assert_eq!(limits(files), expected, "{files:?}");
        }
    }

    #[test]
    fn a_group_named_from_outside_is_found_inside() {
        let outside = ("proc/self/cgroup", "0::/../../a\n");
        let file = ("sys/fs/cgroup/memory.max", "7\n");
        assert_eq!(limits(&[outside, file]), (None, Some(7)));
    }

    #[test]
    fn the_older_interface_is_read_too() {
        let here = (
            "proc/self/cgroup",
            "9:memory:/docker/x\n4:cpu,cpuacct:/docker/x\n1:name=systemd:/\n",
        );
        let memory = "sys/fs/cgroup/memory/memory.limit_in_bytes";
        let quota = "sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us";
        let period = ("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000\n");
        for (files, expected) in [
            (&[here, (memory, "2048\n")][..], (None, Some(2048))),
            (&[here, (memory, "9223372036854771712\n")], (None, None)),
            (&[here, (quota, "200000\n"), period], (Some(2000), None)),
            (&[here, (quota, "-1\n"), period], (None, None)),
            (&[here, (quota, "200000\n")], (None, None)),
        ] {
            assert_eq!(limits(files), expected, "{files:?}");
        }
    }
}
