//! The devices that burn computes on: the processor, and GPUs by number and name.

use std::str::FromStr;

use burn_dispatch::DispatchDevice;

use crate::data_type::DataType;
use crate::error::Error;
use crate::value::ValueType;

/// Which device a session shall use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum DeviceChoice {
    /// A real GPU where there is one, else the processor.
    #[default]
    Auto,
    /// The processor.
    Cpu,
    /// The GPU of this number, in the order of [`Device::list`], software adapters last.
    Gpu(usize),
}

impl FromStr for DeviceChoice {
    type Err = String;

    /// Reads `auto`, `cpu`, `gpu` or `gpu:N`.
    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "auto" => Ok(Self::Auto),
            "cpu" => Ok(Self::Cpu),
            "gpu" => Ok(Self::Gpu(0)),
            _ => text
                .strip_prefix("gpu:")
                .and_then(|number| number.parse().ok())
                .map(Self::Gpu)
                .ok_or_else(|| format!("found `{text}`, expected auto, cpu, gpu or gpu:N")),
        }
    }
}

/// A device that was found.
#[derive(Clone, Debug)]
pub struct Device {
    gpu: Option<Gpu>,
}

#[derive(Clone, Debug)]
struct Gpu {
    device: DispatchDevice,
    #[cfg_attr(
        not(feature = "wgpu"),
        expect(dead_code, reason = "without wgpu there are none")
    )]
    is_software: bool,
}

impl Device {
    /// The processor.
    pub fn cpu() -> Self {
        Self { gpu: None }
    }

    /// All devices: the processor first, then real GPUs, then software adapters.
    pub fn list() -> Vec<Self> {
        std::iter::once(Self::cpu()).chain(gpus()).collect()
    }

    /// The device of this choice.
    ///
    /// # Errors
    /// When there is no such GPU, or this program was built without support for any.
    pub fn choose(choice: DeviceChoice) -> Result<Self, Error> {
        match choice {
            DeviceChoice::Cpu => Ok(Self::cpu()),
            DeviceChoice::Auto => Ok(real_gpu().unwrap_or_else(Self::cpu)),
            DeviceChoice::Gpu(number) => {
                let found = gpus();
                let count = found.len();
                found.into_iter().nth(number).ok_or_else(|| Error::Device {
                    message: no_gpu(number, count),
                })
            }
        }
    }

    /// The device's name, as its driver gives it. Opens a GPU that nobody has opened yet.
    pub fn name(&self) -> String {
        #[cfg(feature = "wgpu")]
        if let Some(gpu) = &self.gpu {
            return crate::gpu::name(&gpu.device);
        }
        "CPU".to_owned()
    }

    /// Whether this is a GPU, be it one in software.
    pub fn is_gpu(&self) -> bool {
        self.gpu.is_some()
    }

    /// Whether this is a GPU that the processor imitates.
    pub fn is_software(&self) -> bool {
        #[cfg(feature = "wgpu")]
        return self.gpu.as_ref().is_some_and(|gpu| gpu.is_software);
        #[cfg(not(feature = "wgpu"))]
        false
    }

    /// burn's handle of the GPU.
    pub(crate) fn gpu(&self) -> Option<&DispatchDevice> {
        self.gpu.as_ref().map(|gpu| &gpu.device)
    }

    /// The most bytes that one tensor may take on the GPU. Opens it.
    pub(crate) fn most_bytes(&self) -> usize {
        #[cfg(feature = "wgpu")]
        if let Some(gpu) = &self.gpu {
            return crate::gpu::most_bytes(&gpu.device);
        }
        usize::MAX
    }

    /// Whether values of this type lie on the GPU. Others (64-bit numbers, half floats that not
    /// every GPU has, strings) stay in memory, where nothing is lost of them.
    pub(crate) fn holds(&self, value_type: &ValueType) -> bool {
        self.gpu.is_some() && matches!(value_type.data_type(), Some(DataType::F32 | DataType::Bool))
    }
}

fn no_gpu(number: usize, count: usize) -> String {
    if cfg!(feature = "wgpu") {
        format!("there is no GPU {number}: {count} were found")
    } else {
        format!(
            "there is no GPU {number}: this program was built without GPU support (feature `wgpu`)"
        )
    }
}

fn real_gpu() -> Option<Device> {
    #[cfg(feature = "wgpu")]
    if !crate::gpu::may_be_real() {
        return None;
    }
    gpus().into_iter().find(|device| !device.is_software())
}

#[cfg(not(feature = "wgpu"))]
fn gpus() -> Vec<Device> {
    Vec::new()
}

#[cfg(feature = "wgpu")]
fn gpus() -> Vec<Device> {
    crate::gpu::list()
        .into_iter()
        .map(|found| Device {
            gpu: Some(Gpu {
                device: found.device,
                is_software: found.is_software,
            }),
        })
        .collect()
}
