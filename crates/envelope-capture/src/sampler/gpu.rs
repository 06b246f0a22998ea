//! What GPUs use: NVIDIA's by NVML, whose library is loaded when asked for, and where that is not
//! there AMD's. Other makers' are not known here.
//!
//! The library's manual: <https://docs.nvidia.com/deploy/nvml-api/>.

use super::amd::AmdGpus;
use super::{megabytes, one_decimal};
use nvml_wrapper::enums::device::UsedGpuMemory;
use nvml_wrapper::{Device, Nvml};
use std::collections::BTreeSet;
use std::path::Path;

pub(super) struct Gpus {
    library: Option<Nvml>,
    of_amd: AmdGpus,
}

impl Gpus {
    pub(super) fn load() -> Self {
        Self {
            library: crate::nvml::load().ok(),
            of_amd: AmdGpus::find(Path::new("/")),
        }
    }

    #[cfg(all(test, unix))]
    fn load_from(library: &Path) -> Self {
        Self {
            library: crate::nvml::load_from(library).ok(),
            of_amd: AmdGpus::find(library),
        }
    }

    fn each(&self, mut look: impl FnMut(u32, &Device<'_>)) {
        let Some(library) = &self.library else { return };
        for index in 0..library.device_count().unwrap_or(0) {
            if let Ok(device) = library.device_by_index(index) {
                look(index, &device);
            }
        }
    }

    /// Gives each number to `put`; one that a GPU does not have is left out.
    pub(super) fn measure(&self, put: &mut dyn FnMut(&str, f64)) {
        // As MLflow does: one maker's, so that each number names one GPU.
        if self.library.is_none() {
            return self.of_amd.measure(put);
        }
        self.each(|index, device| {
            let mut put =
                |name: &str, value: f64| put(&format!("gpu_{index}_{name}"), one_decimal(value));
            if let Ok(memory) = device.memory_info() {
                // MLflow asks the older function, which counts what the driver keeps as used.
                let used = memory.used + memory.reserved;
                let share = used as f64 / memory.total as f64;
                put("memory_usage_percentage", share * 100.0);
                put("memory_usage_megabytes", megabytes(used));
            }
            if let Ok(utilization) = device.utilization_rates() {
                put("utilization_percentage", f64::from(utilization.gpu));
            }
            if let Ok(milliwatts) = device.power_usage() {
                put("power_usage_watts", f64::from(milliwatts) / 1e3);
                if let Ok(limit) = device.enforced_power_limit() {
                    put(
                        "power_usage_percentage",
                        f64::from(milliwatts) / f64::from(limit) * 100.0,
                    );
                }
            }
        });
    }

    /// Gives `put` the memory of these processes on each GPU. In a container the driver may speak of
    /// the host's process numbers; then nothing matches, and nothing is given.
    pub(super) fn measure_processes(&self, pids: &BTreeSet<u32>, put: &mut dyn FnMut(&str, f64)) {
        self.each(|index, device| {
            let used = |process: &nvml_wrapper::struct_wrappers::device::ProcessInfo| match process
                .used_gpu_memory
            {
                UsedGpuMemory::Used(bytes) => Some(bytes),
                UsedGpuMemory::Unavailable => None,
            };
            let processes = device.running_compute_processes().unwrap_or_default();
            let ours = processes
                .iter()
                .filter(|process| pids.contains(&process.pid));
            let bytes: Vec<u64> = ours.filter_map(used).collect();
            if !bytes.is_empty() {
                let name = format!("gpu_{index}_memory_usage_megabytes");
                put(&name, one_decimal(megabytes(bytes.iter().sum())));
            }
        });
    }
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    fn measured(measure: impl Fn(&Gpus, &mut dyn FnMut(&str, f64))) -> BTreeMap<String, f64> {
        let folder = tempfile::tempdir().unwrap();
        let gpus = Gpus::load_from(&crate::nvml::fake(folder.path()));
        let mut values = BTreeMap::new();
        measure(&gpus, &mut |name, value| {
            values.insert(name.to_owned(), value);
        });
        values
    }

    #[test]
    fn measures_each_gpu_as_mlflow_does() {
        let values = measured(|gpus, put| gpus.measure(put));
        let expected = [
            ("gpu_0_memory_usage_megabytes", 20_000.0),
            ("gpu_0_memory_usage_percentage", 25.0),
            ("gpu_0_power_usage_percentage", 50.0),
            ("gpu_0_power_usage_watts", 350.5),
            ("gpu_0_utilization_percentage", 97.0),
            ("gpu_1_memory_usage_megabytes", 500.0),
            ("gpu_1_memory_usage_percentage", 0.6),
            ("gpu_1_utilization_percentage", 0.0),
        ];
        let expected: BTreeMap<_, _> = expected.map(|(name, v)| (name.to_owned(), v)).into();
        assert_eq!(values, expected);
    }

    #[test]
    fn counts_only_memory_of_the_tree() {
        let ours = BTreeSet::from([std::process::id()]);
        let values = measured(|gpus, put| gpus.measure_processes(&ours, put));
        assert_eq!(
            values,
            [("gpu_0_memory_usage_megabytes".to_owned(), 4_000.0)].into()
        );
        let nobody = measured(|gpus, put| gpus.measure_processes(&BTreeSet::new(), put));
        assert!(nobody.is_empty());
    }
}
