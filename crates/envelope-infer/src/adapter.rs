//! The GPUs of this machine, as the drivers that wgpu reaches describe them.

use futures_lite::future::block_on;
use wgpu::{Backends, DeviceType, Instance};

/// A GPU by one interface. One that several interfaces reach is there several times.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Adapter {
    /// What it calls itself.
    pub name: String,
    /// The interface: `Vulkan`, `Metal`, `Dx12`.
    pub backend: String,
    /// The driver and its version, in its own words.
    pub driver: String,
    /// Whether the processor imitates it.
    pub is_software: bool,
}

impl Adapter {
    /// All adapters. None is opened, but the drivers are loaded.
    pub fn list() -> Vec<Self> {
        let instance = Instance::default();
        let found = block_on(instance.enumerate_adapters(Backends::all()));
        let described = found.iter().map(|adapter| {
            let said = adapter.get_info();
            Self {
                driver: format!("{} {}", said.driver, said.driver_info)
                    .trim()
                    .to_owned(),
                name: said.name,
                backend: format!("{:?}", said.backend),
                is_software: said.device_type == DeviceType::Cpu,
            }
        });
        described.collect()
    }

    /// Those that no processor imitates. No driver is loaded where no GPU has a device file.
    pub fn list_real() -> Vec<Self> {
        if !crate::gpu::may_be_real() {
            return Vec::new();
        }
        let mut found = Self::list();
        found.retain(|adapter| !adapter.is_software);
        found
    }
}

#[cfg(test)]
mod tests {
    use super::Adapter;

    #[test]
    fn what_the_processor_imitates_is_told_apart() {
        let all = Adapter::list();
        assert!(
            !all.is_empty(),
            "there is no Vulkan driver: `apt-get install mesa-vulkan-drivers`"
        );
        for adapter in &all {
            assert!(!adapter.name.is_empty(), "{adapter:?}");
            let by_name = adapter.name.starts_with("llvmpipe");
            assert_eq!(adapter.is_software, by_name, "{adapter:?}");
        }
        let real = Adapter::list_real();
        assert!(real.iter().all(|adapter| !adapter.is_software), "{real:?}");
    }
}
