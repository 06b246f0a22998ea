//! The GPUs that wgpu finds, as burn's handles.

use burn::tensor::{Device, DeviceType};
use burn_dispatch::DispatchDevice;
use burn_dispatch::devices::WgpuDeviceKind;

/// A GPU.
pub(crate) struct Found {
    pub(crate) device: DispatchDevice,
    /// Whether the processor imitates it.
    pub(crate) is_software: bool,
}

/// All GPUs, real ones first. None is opened.
pub(crate) fn list() -> Vec<Found> {
    let devices = Device::enumerate(DeviceType::Wgpu).into_vec();
    let mut found: Vec<Found> = devices
        .iter()
        .map(|device| device.as_dispatch().clone())
        .map(|device| Found {
            is_software: is_software(&device),
            device,
        })
        .collect();
    found.sort_by_key(|gpu| gpu.is_software);
    found
}

/// Whether this machine may have a real GPU. On Linux each has a device file, so that a machine
/// without any need not load a Vulkan driver to learn it: loading takes a while, and Mesa's layer
/// prints errors where there is no desktop.
pub(crate) fn may_be_real() -> bool {
    const FILES: [(&str, &str); 5] = [
        ("/dev/dri", "render"),
        ("/dev", "nvidia"),
        ("/dev", "dxg"),
        ("/dev", "kgsl"),
        ("/dev", "mali"),
    ];
    let is_there = |(folder, name): &(&str, &str)| {
        std::fs::read_dir(folder).is_ok_and(|entries| {
            let mut names = entries.flatten().map(|entry| entry.file_name());
            names.any(|found| found.as_encoded_bytes().starts_with(name.as_bytes()))
        })
    };
    cfg!(not(target_os = "linux")) || FILES.iter().any(is_there)
}

fn is_software(device: &DispatchDevice) -> bool {
    match device {
        DispatchDevice::Cube(burn_dispatch::devices::CubeDevice::Wgpu(device)) => {
            device.kind == WgpuDeviceKind::Cpu
        }
        _ => false,
    }
}

/// The name that the driver gives the GPU. Opens it.
pub(crate) fn name(device: &DispatchDevice) -> String {
    device
        .identity()
        .map_or_else(|| "GPU".to_owned(), |identity| identity.name)
}

/// The most bytes that one tensor may take there. Opens the GPU.
#[allow(
    clippy::match_wildcard_for_single_variants,
    reason = "with other backends there are more"
)]
pub(crate) fn most_bytes(device: &DispatchDevice) -> usize {
    let most = match device {
        DispatchDevice::Cube(device) => Some(device.client().properties().memory.max_page_size),
        _ => None,
    };
    most.and_then(|most| usize::try_from(most).ok())
        .unwrap_or(usize::MAX)
}
