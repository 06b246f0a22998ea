//! What AMD's GPUs use, as the kernel's driver says in its files:
//! <https://docs.kernel.org/gpu/amdgpu/thermal.html> and
//! <https://docs.kernel.org/gpu/amdgpu/driver-misc.html>.

use super::{megabytes, one_decimal};
use crate::hardware::amd::devices;
use std::fs;
use std::path::{Path, PathBuf};

pub(super) struct AmdGpus {
    devices: Vec<PathBuf>,
}

impl AmdGpus {
    pub(super) fn find(root: &Path) -> Self {
        Self {
            devices: devices(root),
        }
    }

    /// Gives each number to `put`; one that a GPU does not have is left out.
    pub(super) fn measure(&self, put: &mut dyn FnMut(&str, f64)) {
        for (index, device) in self.devices.iter().enumerate() {
            let mut put =
                |name: &str, value: f64| put(&format!("gpu_{index}_{name}"), one_decimal(value));
            let number = |name: &str| number(&device.join(name));
            if let (Some(used), Some(total)) =
                (number("mem_info_vram_used"), number("mem_info_vram_total"))
            {
                put(
                    "memory_usage_percentage",
                    used as f64 / total as f64 * 100.0,
                );
                put("memory_usage_megabytes", megabytes(used));
            }
            if let Some(busy) = number("gpu_busy_percent") {
                put("utilization_percentage", busy as f64);
            }
            measure_power(&device.join("hwmon"), &mut put);
        }
    }
}

/// In microwatts. Some devices average it, others give what it is at the moment.
fn measure_power(monitors: &Path, put: &mut dyn FnMut(&str, f64)) {
    for monitor in fs::read_dir(monitors).into_iter().flatten().flatten() {
        let number = |name: &str| number(&monitor.path().join(name));
        let Some(power) = number("power1_average").or_else(|| number("power1_input")) else {
            continue;
        };
        put("power_usage_watts", power as f64 / 1e6);
        if let Some(limit) = number("power1_cap").filter(|&limit| limit > 0) {
            put(
                "power_usage_percentage",
                power as f64 / limit as f64 * 100.0,
            );
        }
    }
}

fn number(path: &Path) -> Option<u64> {
    fs::read_to_string(path).ok()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn measures_each_gpu_as_nvidias_are_measured() {
        let root = tempfile::tempdir().unwrap();
        for (path, text) in [
            ("card0/device/vendor", "0x8086\n"),
            ("card1/device/vendor", "0x1002\n"),
            ("card1/device/mem_info_vram_total", "200000000000\n"),
            ("card1/device/mem_info_vram_used", "50000000000\n"),
            ("card1/device/gpu_busy_percent", "98\n"),
            ("card1/device/hwmon/hwmon3/power1_average", "375250000\n"),
            ("card1/device/hwmon/hwmon3/power1_cap", "750500000\n"),
            ("card2/device/vendor", "0x1002\n"),
            ("card2/device/gpu_busy_percent", "3\n"),
        ] {
            let path = root.path().join("sys/class/drm").join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let mut values = BTreeMap::new();
        AmdGpus::find(root.path()).measure(&mut |name, value| {
            values.insert(name.to_owned(), value);
        });
        let expected = [
            ("gpu_0_memory_usage_megabytes", 50_000.0),
            ("gpu_0_memory_usage_percentage", 25.0),
            ("gpu_0_power_usage_percentage", 50.0),
            ("gpu_0_power_usage_watts", 375.3),
            ("gpu_0_utilization_percentage", 98.0),
            ("gpu_1_utilization_percentage", 3.0),
        ];
        let expected: BTreeMap<_, _> = expected.map(|(name, v)| (name.to_owned(), v)).into();
        assert_eq!(values, expected);
    }
}
