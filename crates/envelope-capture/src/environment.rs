//! The variables that change what a training does: of accelerators, threads, frameworks, clusters and
//! MLflow. All others are nobody's business and are not recorded.

use crate::redact::redact_variable;
use std::collections::BTreeMap;
use std::ffi::OsString;

/// Beginnings of names.
const PREFIXES: [&str; 47] = [
    "ACCELERATE_",
    "AMD_",
    "BNB_",
    "CUBLAS_",
    "CUDA_",
    "CUDNN_",
    "DATABRICKS_RUNTIME",
    "DEEPSPEED_",
    "FLASH_",
    "FSDP_",
    "GLOO_",
    "GOMP_",
    "GPU_",
    "HF_",
    "HIP_",
    "HSA_",
    "JAX_",
    "KERAS_",
    "KMP_",
    "MKL_",
    "MLFLOW_",
    "NCCL_",
    "NUMBA_",
    "NVIDIA_",
    "OMPI_COMM_WORLD_",
    "OMP_",
    "OPENBLAS_",
    "PYTORCH_",
    "RCCL_",
    "ROCR_",
    "SLURM_",
    // TensorFlow's; Terraform's begin alike.
    "TF_AUTOTUNE",
    "TF_CONFIG",
    "TF_CPP_",
    "TF_CUDNN_",
    "TF_DETERMINISTIC_",
    "TF_DISABLE_",
    "TF_ENABLE_",
    "TF_FORCE_",
    "TF_GPU_",
    "TF_NUM_",
    "TF_USE_",
    "TF_XLA_",
    "TOKENIZERS_",
    "TORCH",
    "TRANSFORMERS_",
    "XLA_",
];

/// Names.
const NAMES: [&str; 18] = [
    "CONDA_DEFAULT_ENV",
    "LANG",
    "LC_ALL",
    "LOCAL_RANK",
    "LOCAL_WORLD_SIZE",
    "MALLOC_ARENA_MAX",
    "MASTER_ADDR",
    "MASTER_PORT",
    "NODE_RANK",
    "PYTHONDONTWRITEBYTECODE",
    "PYTHONHASHSEED",
    "PYTHONOPTIMIZE",
    "PYTHONPATH",
    "PYTHONUNBUFFERED",
    "PYTHONWARNINGS",
    "RANK",
    "TZ",
    "WORLD_SIZE",
];

/// Chooses the variables that matter, and masks their secrets.
///
/// ```
/// use envelope_capture::environment::chosen;
///
/// let variables = [("CUDA_VISIBLE_DEVICES", "0,1"), ("HF_TOKEN", "hf_x"), ("HOME", "/home/me")];
/// let chosen = chosen(&variables.map(|(name, value)| (name.into(), value.into())));
/// assert_eq!(chosen["CUDA_VISIBLE_DEVICES"], "0,1");
/// assert_eq!(chosen["HF_TOKEN"], "***");
/// assert!(!chosen.contains_key("HOME"));
/// ```
pub fn chosen(variables: &[(OsString, OsString)]) -> BTreeMap<String, String> {
    let matters = |name: &str| {
        NAMES.contains(&name) || PREFIXES.iter().any(|prefix| name.starts_with(prefix))
    };
    let texts = variables
        .iter()
        .map(|(name, value)| (name.to_string_lossy(), value.to_string_lossy()));
    let chosen = texts.filter(|(name, _)| matters(name));
    chosen
        .map(|(name, value)| (name.to_string(), redact_variable(&name, &value)))
        .collect()
}
