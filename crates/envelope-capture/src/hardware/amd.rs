//! GPUs of AMD, as the kernel's driver describes them, see
//! <https://docs.kernel.org/gpu/amdgpu/driver-misc.html>.

use super::Gpu;
use std::fs;
use std::path::Path;

/// The maker's number on the bus.
const AMD: &str = "0x1002";

pub(super) fn gpus(root: &Path) -> Vec<Gpu> {
    let entries = fs::read_dir(root.join("sys/class/drm"))
        .into_iter()
        .flatten()
        .flatten();
    let mut cards: Vec<_> = entries.map(|entry| entry.path()).collect();
    cards.sort();
    // Beside `card0` there are its outputs, `card0-DP-1`.
    let is_card = |path: &&std::path::PathBuf| {
        let name = path
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default();
        name.strip_prefix("card")
            .is_some_and(|number| number.parse::<u32>().is_ok())
    };
    cards
        .iter()
        .filter(is_card)
        .filter_map(|card| gpu(root, &card.join("device")))
        .collect()
}

fn gpu(root: &Path, device: &Path) -> Option<Gpu> {
    let text = |path: &Path| {
        fs::read_to_string(path)
            .ok()
            .map(|text| text.trim().to_owned())
    };
    let value = |name: &str| text(&device.join(name)).filter(|text| !text.is_empty());
    if value("vendor")? != AMD {
        return None;
    }
    let number = value("device").unwrap_or_default();
    Some(Gpu {
        name: value("product_name").unwrap_or_else(|| format!("AMD GPU {number}")),
        memory_bytes: value("mem_info_vram_total").and_then(|bytes| bytes.parse().ok()),
        driver: text(&root.join("sys/module/amdgpu/version")),
        cuda: None,
        compute_capability: None,
    })
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
