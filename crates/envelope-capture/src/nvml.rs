//! Finds and loads NVIDIA's management library, for the sampler and for the facts about hardware.

use nvml_wrapper::Nvml;
use nvml_wrapper::error::NvmlError;
use std::path::Path;

/// Where Windows' driver puts the library for Linux programs that run in it.
const OF_WSL: &str = "/usr/lib/wsl/lib/libnvidia-ml.so.1";

/// Loads the library from where the system's loader finds it.
pub(crate) fn load() -> Result<Nvml, NvmlError> {
    Nvml::init().or_else(|error| load_from(Path::new(OF_WSL)).map_err(|_| error))
}

/// Loads this file.
pub(crate) fn load_from(library: &Path) -> Result<Nvml, NvmlError> {
    Nvml::builder().lib_path(library.as_os_str()).init()
}

/// Compiles a library that stands in for NVIDIA's, so that the code that asks it is tested on
/// machines without a GPU.
#[cfg(unix)]
#[cfg(test)]
pub(crate) fn fake(folder: &Path) -> std::path::PathBuf {
    let library = folder.join("libnvidia-ml.so");
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fake_nvml/nvml.c");
    let status = std::process::Command::new("cc")
        .args(["-shared", "-fPIC", "-o"])
        .arg(&library)
        .arg(source)
        .status()
        .expect("there is no C compiler: `apt-get install build-essential`");
    assert!(status.success(), "cannot compile {source}");
    library
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_library_that_is_not_there_is_no_panic() {
        assert!(load_from(Path::new("/nowhere/libnvidia-ml.so.1")).is_err());
    }
}
