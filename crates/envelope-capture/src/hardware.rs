//! The probe of the hardware: processors, memory, GPUs and their drivers. NVIDIA's GPUs are asked
//! about by NVML, those of AMD say what they are in the kernel's files; for others the caller says
//! whom to ask, such as wgpu.

pub(crate) mod amd;

use crate::known::Known;
use nvml_wrapper::Nvml;
use nvml_wrapper::error::NvmlError;
use nvml_wrapper::{cuda_driver_version_major, cuda_driver_version_minor};
use serde::{Deserialize, Serialize};
use std::path::Path;
use sysinfo::{CpuRefreshKind, MemoryRefreshKind, System};

/// A machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hardware {
    /// `x86_64`, `aarch64`.
    pub architecture: String,
    /// What the processor calls itself.
    pub cpu_model: Known<String>,
    /// Cores.
    pub cpu_cores: Known<usize>,
    /// Processors that the system shows: cores, times threads of each.
    pub cpu_threads: Known<usize>,
    /// Processors that this program may use.
    pub cpu_threads_usable: Known<usize>,
    /// Memory.
    pub memory_bytes: Known<u64>,
    /// The GPUs, NVIDIA's before AMD's, each in its driver's order.
    pub gpus: Known<Vec<Gpu>>,
    /// What another interface says, where the drivers themselves say nothing of GPUs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub adapters: Vec<Adapter>,
}

/// One GPU and what drives it. What is absent its driver does not say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gpu {
    /// What it calls itself.
    pub name: String,
    /// Memory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory_bytes: Option<u64>,
    /// The driver's version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub driver: Option<String>,
    /// The newest version of CUDA that the driver serves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cuda: Option<String>,
    /// What it can compute, as CUDA counts it: `9.0`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compute_capability: Option<String>,
}

/// A GPU as a graphics interface knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Adapter {
    /// What it calls itself.
    pub name: String,
    /// The interface: `Vulkan`, `Metal`.
    pub backend: String,
    /// The driver and its version, in its own words.
    pub driver: String,
}

/// Reads what the machine is. Where neither NVIDIA's library nor the kernel knows of GPUs, `adapters`
/// is asked.
///
/// ```
/// let hardware = envelope_capture::hardware::probe("/".as_ref(), Vec::new);
/// println!("{:?}", hardware.cpu_model);
/// ```
pub fn probe(root: &Path, adapters: fn() -> Vec<Adapter>) -> Hardware {
    let mut system = System::new();
    system.refresh_cpu_list(CpuRefreshKind::nothing());
    system.refresh_memory_specifics(MemoryRefreshKind::nothing().with_ram());
    let not_said = |what: &str| format!("the system does not say {what}");
    let model = system
        .cpus()
        .first()
        .map(|cpu| cpu.brand().trim().to_owned());
    let threads = Some(system.cpus().len()).filter(|&count| count > 0);
    let memory = Some(system.total_memory()).filter(|&bytes| bytes > 0);
    let model = model.filter(|model| !model.is_empty());
    let gpus = gpus(&crate::nvml::load(), root);
    let are_known = gpus.value().is_some_and(|gpus| !gpus.is_empty());
    Hardware {
        architecture: std::env::consts::ARCH.to_owned(),
        cpu_model: Known::of(model.ok_or_else(|| not_said("its processor"))),
        cpu_cores: Known::of(System::physical_core_count().ok_or_else(|| not_said("its cores"))),
        cpu_threads: Known::of(threads.ok_or_else(|| not_said("its processors"))),
        cpu_threads_usable: Known::of(std::thread::available_parallelism().map(Into::into)),
        memory_bytes: Known::of(memory.ok_or_else(|| not_said("its memory"))),
        adapters: if are_known { Vec::new() } else { adapters() },
        gpus,
    }
}

fn gpus(library: &Result<Nvml, NvmlError>, root: &Path) -> Known<Vec<Gpu>> {
    let of_amd = amd::gpus(root);
    match library {
        Ok(library) => Known::Value(of_nvidia(library).into_iter().chain(of_amd).collect()),
        Err(_) if !of_amd.is_empty() => Known::Value(of_amd),
        // The kernel's part of the driver may be there without the library.
        Err(error) => match driver_of_kernel(root) {
            Some(driver) => Known::Unknown(format!("the driver {driver} is there, but {error}")),
            None => Known::Unknown(format!("NVIDIA's library does not load: {error}")),
        },
    }
}

fn of_nvidia(library: &Nvml) -> Vec<Gpu> {
    let driver = library.sys_driver_version().ok();
    let cuda = library.sys_cuda_driver_version().ok().map(|version| {
        let (major, minor) = (
            cuda_driver_version_major(version),
            cuda_driver_version_minor(version),
        );
        format!("{major}.{minor}")
    });
    let devices = (0..library.device_count().unwrap_or(0)).map(|index| {
        let device = library.device_by_index(index).ok();
        let device = device.as_ref();
        let capability = device.and_then(|device| device.cuda_compute_capability().ok());
        Gpu {
            // One that has fallen off the bus still has its place.
            name: device
                .and_then(|device| device.name().ok())
                .unwrap_or_else(|| format!("NVIDIA GPU {index}")),
            memory_bytes: device
                .and_then(|device| device.memory_info().ok())
                .map(|memory| memory.total),
            driver: driver.clone(),
            cuda: cuda.clone(),
            compute_capability: capability.map(|it| format!("{}.{}", it.major, it.minor)),
        }
    });
    devices.collect()
}

/// `NVRM version: NVIDIA UNIX x86_64 Kernel Module  570.124.06  …`
fn driver_of_kernel(root: &Path) -> Option<String> {
    let text = std::fs::read_to_string(root.join("proc/driver/nvidia/version")).ok()?;
    let is_version =
        |word: &&str| word.contains('.') && word.starts_with(|c: char| c.is_ascii_digit());
    text.split_whitespace().find(is_version).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_the_machine_that_it_runs_on() {
        let adapters = || {
            vec![Adapter {
                name: "llvmpipe".into(),
                backend: "Vulkan".into(),
                driver: "Mesa 22".into(),
            }]
        };
        let found = probe(Path::new("/"), adapters);
        let threads = *found.cpu_threads.value().unwrap();
        assert!(threads >= *found.cpu_threads_usable.value().unwrap());
        assert!(
            found
                .memory_bytes
                .value()
                .is_some_and(|&bytes| bytes > 1 << 20)
        );
        // Only where the drivers know of none.
        let are_known = found.gpus.value().is_some_and(|gpus| !gpus.is_empty());
        let expected = if are_known { Vec::new() } else { adapters() };
        assert_eq!(found.adapters, expected);
        let json = serde_json::to_string(&found).unwrap();
        assert_eq!(serde_json::from_str::<Hardware>(&json).unwrap(), found);
    }

    #[cfg(unix)]
    #[test]
    fn asks_the_driver_about_gpus() {
        let folder = tempfile::tempdir().unwrap();
        let library = crate::nvml::load_from(&crate::nvml::fake(folder.path()));
        let found = gpus(&library, folder.path());
        let [first, second] = &found.value().unwrap()[..] else {
            panic!("{found:?}");
        };
        assert_eq!(
            (&*first.name, &*second.name),
            ("NVIDIA Nothing 80GB", "NVIDIA Nothing 80GB")
        );
        assert_eq!(first.memory_bytes, Some(80_000_000_000));
        assert_eq!(first.driver.as_deref(), Some("570.124.06"));
        assert_eq!(first.cuda.as_deref(), Some("12.8"));
        assert_eq!(first.compute_capability.as_deref(), Some("9.0"));
        assert_eq!(second.compute_capability, None);
    }

    #[test]
    fn says_which_driver_is_there_without_its_library() {
        let root = tempfile::tempdir().unwrap();
        let none = || crate::nvml::load_from(Path::new("/nowhere/libnvidia-ml.so.1"));
        let unknown = gpus(&none(), root.path());
        assert!(unknown.because().unwrap().contains("does not load"));
        let file = root.path().join("proc/driver/nvidia/version");
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(
            file,
            "NVRM version: NVIDIA UNIX x86_64 Kernel Module  570.124.06  Wed\n",
        )
        .unwrap();
        let unknown = gpus(&none(), root.path());
        assert!(unknown.because().unwrap().contains("570.124.06"));
    }
}
