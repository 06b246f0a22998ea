//! The probe of the hardware: processor, memory, and GPUs with their driver.
//!
//! GPUs of NVIDIA are asked for through NVML, see <https://docs.nvidia.com/deploy/nvml-api/>, which comes
//! with the driver and is opened when it is there; those of AMD say what they are in the files of the
//! kernel.

mod amd;

use crate::known::Known;
use nvml_wrapper::Nvml;
use nvml_wrapper::error::NvmlError;
use serde::{Deserialize, Serialize};
use std::path::Path;
use sysinfo::{CpuRefreshKind, MemoryRefreshKind, RefreshKind, System};

/// What a run had to compute with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HardwareFacts {
    /// The processor: `AMD EPYC 7763 64-Core Processor`.
    pub cpu: Known<String>,
    /// How many cores it has.
    pub physical_cores: Known<usize>,
    /// How many threads run on them at a time.
    pub logical_cores: Known<usize>,
    /// How much memory there is, the limits of a container left out.
    pub memory_bytes: Known<u64>,
    /// The GPUs, in the driver's order; none where there is a driver and no GPU.
    pub gpus: Known<Vec<Gpu>>,
}

/// A GPU.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gpu {
    /// Its name: `NVIDIA H100 80GB HBM3`.
    pub name: String,
    /// How much memory it has.
    pub memory_bytes: Option<u64>,
    /// The version of its driver.
    pub driver: Option<String>,
    /// The newest CUDA that the driver runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cuda: Option<String>,
    /// What it can compute, as CUDA counts it: `9.0`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compute_capability: Option<String>,
}

/// Finds out about the hardware; files of the kernel are read below a root, which is `/`.
pub fn probe(root: &Path) -> HardwareFacts {
    let wanted = RefreshKind::nothing()
        .with_cpu(CpuRefreshKind::nothing())
        .with_memory(MemoryRefreshKind::nothing().with_ram());
    let system = System::new_with_specifics(wanted);
    let brand = system
        .cpus()
        .first()
        .map(|cpu| cpu.brand().trim().to_owned());
    let known = |value: Option<usize>| {
        value
            .filter(|count| *count > 0)
            .ok_or("the system does not say")
    };
    let memory = Some(system.total_memory()).filter(|bytes| *bytes > 0);
    HardwareFacts {
        cpu: Known::of(
            brand
                .filter(|brand| !brand.is_empty())
                .ok_or("the system does not say"),
        ),
        physical_cores: Known::of(known(System::physical_core_count())),
        logical_cores: Known::of(known(Some(system.cpus().len()))),
        memory_bytes: Known::of(memory.ok_or("the system does not say")),
        gpus: gpus(root),
    }
}

/// The GPUs of both makers; the reason is NVML's where neither has any.
fn gpus(root: &Path) -> Known<Vec<Gpu>> {
    let amd = amd::gpus(root);
    match nvidia() {
        Ok(mut gpus) => {
            gpus.extend(amd);
            Known::Value(gpus)
        }
        Err(_) if !amd.is_empty() => Known::Value(amd),
        Err(error) => Known::Unknown(format!("NVML: {error}")),
    }
}

fn nvidia() -> Result<Vec<Gpu>, NvmlError> {
    let nvml = Nvml::init()?;
    let driver = nvml.sys_driver_version().ok();
    let cuda = nvml.sys_cuda_driver_version().ok();
    let cuda = cuda.map(|version| format!("{}.{}", version / 1000, version % 1000 / 10));
    let gpus = (0..nvml.device_count()?).map(|place| {
        let device = nvml.device_by_index(place)?;
        let capability = device.cuda_compute_capability().ok();
        Ok(Gpu {
            name: device.name()?,
            memory_bytes: device.memory_info().ok().map(|memory| memory.total),
            driver: driver.clone(),
            cuda: cuda.clone(),
            compute_capability: capability.map(|is| format!("{}.{}", is.major, is.minor)),
        })
    });
    gpus.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_has_a_processor_and_memory() {
        let facts = probe(Path::new("/"));
        assert!(
            facts.logical_cores.value().is_some_and(|count| *count > 0),
            "{facts:?}"
        );
        assert!(
            facts
                .memory_bytes
                .value()
                .is_some_and(|bytes| *bytes > 1 << 20),
            "{facts:?}"
        );
        // With a GPU or without, it is said which.
        let said = facts.gpus.value().is_some()
            || facts
                .gpus
                .because()
                .is_some_and(|why| why.starts_with("NVML: "));
        assert!(said, "{facts:?}");
    }
}
