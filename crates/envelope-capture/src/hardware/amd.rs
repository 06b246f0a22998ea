//! GPUs of AMD, as the kernel's driver describes them, see
//! <https://docs.kernel.org/gpu/amdgpu/driver-misc.html>.

use super::Gpu;
use std::fs;
use std::path::{Path, PathBuf};

/// The maker's number on the bus.
const AMD: &str = "0x1002";

pub(super) fn gpus(root: &Path) -> Vec<Gpu> {
    let devices = devices(root).into_iter();
    devices.map(|device| gpu(root, &device)).collect()
}

/// The folders of AMD's devices, in the kernel's order.
pub(crate) fn devices(root: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(root.join("sys/class/drm"))
        .into_iter()
        .flatten()
        .flatten();
    // Beside `card0` there are its outputs, `card0-DP-1`.
    let number = |path: &Path| {
        path.file_name()?
            .to_str()?
            .strip_prefix("card")?
            .parse::<u32>()
            .ok()
    };
    let cards = entries.filter_map(|entry| Some((number(&entry.path())?, entry.path())));
    let mut cards: Vec<(u32, PathBuf)> = cards.collect();
    cards.sort();
    let devices = cards.into_iter().map(|(_, card)| card.join("device"));
    devices
        .filter(|device| text(&device.join("vendor")).as_deref() == Some(AMD))
        .collect()
}

fn gpu(root: &Path, device: &Path) -> Gpu {
    let value = |name: &str| text(&device.join(name));
    let number = value("device").unwrap_or_default();
    Gpu {
        name: value("product_name").unwrap_or_else(|| format!("AMD GPU {number}")),
        memory_bytes: value("mem_info_vram_total").and_then(|bytes| bytes.parse().ok()),
        driver: text(&root.join("sys/module/amdgpu/version")),
        cuda: None,
        compute_capability: None,
    }
}

/// A file's text, if there is any.
fn text(path: &Path) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_the_driver_says() {
        let folder = tempfile::tempdir().unwrap();
        for (path, text) in [
            ("card0/device/vendor", "0x8086\n"),
            ("card1/device/vendor", "0x1002\n"),
            ("card1/device/product_name", "AMD Instinct MI300X\n"),
            ("card1/device/mem_info_vram_total", "206141652992\n"),
            ("card1-DP-1/device/vendor", "0x1002\n"),
            ("card2/device/vendor", "0x1002\n"),
            ("card2/device/device", "0x744c\n"),
        ] {
            let path = folder.path().join("sys/class/drm").join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let gpus = gpus(folder.path());
        let gpus = gpus.iter().map(|gpu| (gpu.name.as_str(), gpu.memory_bytes));
        let expected = [
            ("AMD Instinct MI300X", Some(206_141_652_992)),
            ("AMD GPU 0x744c", None),
        ];
        assert_eq!(gpus.collect::<Vec<_>>(), expected);
    }
}
