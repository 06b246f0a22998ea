//! The words of the commands that run models.

use clap::Args;
use std::path::PathBuf;

/// Runs a bare ONNX model
///
/// Inputs are NumPy files, and so are the outputs, each with the name of its output. The model runs
/// with burn, on the processor or on a GPU; no Python and no onnxruntime are needed. What cannot
/// run here is said before anything runs, all of it at once.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  envelope infer model.onnx --input x=x.npy --output out
  envelope infer model.onnx --input inputs.npz --device gpu
  envelope infer model.onnx --input x=x.npy --repeat 50 --profile
  envelope infer --list-devices")]
pub(crate) struct InferArguments {
    /// The model
    #[arg(value_name = "MODEL", required_unless_present = "list_devices")]
    pub(crate) model: Option<PathBuf>,
    /// An input's value, from a .npy file or a .pb file of ONNX's test data; or a .npz file with
    /// several inputs by name
    #[arg(short, long = "input", value_name = "NAME=FILE")]
    pub(crate) inputs: Vec<String>,
    /// Write each output to this folder, as NAME.npy
    #[arg(short, long, value_name = "DIR")]
    pub(crate) output: Option<PathBuf>,
    /// Where to run: auto (a real GPU where there is one), cpu, gpu, or gpu:N
    #[arg(short, long, value_name = "DEVICE", default_value = "auto", value_parser = device)]
    pub(crate) device: envelope_infer::DeviceChoice,
    /// Run so many times and tell the median; the first run is told apart
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) repeat: u32,
    /// End a run that takes longer with an error, at its next node
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub(crate) timeout: Option<std::time::Duration>,
    /// Tell which operators took how long, and what moved to and from the GPU
    #[arg(long)]
    pub(crate) profile: bool,
    /// List the devices that a model can run on, and run nothing
    #[arg(long, conflicts_with_all = ["model", "inputs", "output"])]
    pub(crate) list_devices: bool,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Answers a request with a package's model
///
/// Gives what `mlflow models predict` gives: the same requests are accepted, and the answer is the
/// same document, `{"predictions": ...}`. A package with an ONNX model runs here, without Python;
/// others need --env-manager. Tables in CSV are read, predicted and written in batches, so that a file
/// may be larger than memory; Parquet and Arrow are read by Python only, so far.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  envelope predict -m item_price -i item_price/serving_input_example.json
  envelope predict -m churn -i rows.csv -o predictions.json
  envelope predict -m sklearn_model -i rows.csv --env-manager uv --allow-pickle

Exit status:
  0  answered
  1  the request does not fit the signature
  2  it could not be answered")]
pub(crate) struct PredictArguments {
    /// The package
    #[arg(short = 'm', long = "model-uri", value_name = "PACKAGE")]
    pub(crate) package: PathBuf,
    /// The request; without it, the standard input
    #[arg(short, long = "input-path", value_name = "FILE")]
    pub(crate) input: Option<PathBuf>,
    /// The file to write; without it, the standard output
    #[arg(short, long = "output-path", value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// How the request is written: json, csv, parquet, arrow, or a whole media type such as
    /// `text/csv` [default: by the file's name, or json]
    #[arg(short = 't', long, value_name = "TYPE")]
    pub(crate) content_type: Option<String>,
    /// Parameters, which go over those of the request
    #[arg(long, value_name = "JSON")]
    pub(crate) params: Option<String>,
    /// Where to run: auto (a real GPU where there is one), cpu, gpu, or gpu:N
    #[arg(short, long, value_name = "DEVICE", default_value = "auto", value_parser = device)]
    pub(crate) device: envelope_infer::DeviceChoice,
    /// Who runs it: this program, or a Python in an environment that is made, or that is there
    #[arg(long, value_enum, value_name = "MANAGER", default_value = "native")]
    pub(crate) env_manager: EnvironmentManager,
    /// Add MLflow, in the version that the package was made with, to the environment
    #[arg(long)]
    pub(crate) install_mlflow: bool,
    /// Load pickles, which run whatever is in them; only in Python
    #[arg(long)]
    pub(crate) allow_pickle: bool,
    /// End a run that takes longer with an error; so does loading the package, in Python
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub(crate) timeout: Option<std::time::Duration>,
    /// Rows of a table that are predicted at once
    #[arg(long, value_name = "N", default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) batch_rows: u32,
    /// Print an error as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Holds what a package answers here against what it answers in real MLflow
///
/// Runs the package's example, or a request of yours, without Python and in the package's own Python
/// environment, and tells the largest difference of each output. The exit status is 0 when all are
/// within the tolerance, 1 when one is not, 2 when they cannot be compared.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  envelope compare item_price
  envelope compare item_price --env-manager local -i request.json
  envelope compare item_price --json | jq '.outputs[].relative'")]
pub(crate) struct CompareArguments {
    /// The package
    #[arg(value_name = "PACKAGE")]
    pub(crate) package: PathBuf,
    /// A request in JSON [default: the package's example]
    #[arg(short, long = "input-path", value_name = "FILE")]
    pub(crate) input: Option<PathBuf>,
    /// The largest difference that is let pass, by the largest number of an output
    #[arg(long, value_name = "NUMBER", default_value_t = 1e-4)]
    pub(crate) tolerance: f64,
    /// Where to run here: auto (a real GPU where there is one), cpu, gpu, or gpu:N
    #[arg(short, long, value_name = "DEVICE", default_value = "auto", value_parser = device)]
    pub(crate) device: envelope_infer::DeviceChoice,
    /// Who makes the Python environment: uv, virtualenv, conda, or local for the Python on the path
    #[arg(long, value_name = "MANAGER", default_value = "uv")]
    pub(crate) env_manager: envelope_python::EnvManager,
    /// Add MLflow, in the version that the package was made with, to the environment
    #[arg(long)]
    pub(crate) install_mlflow: bool,
    /// Load pickles, which run whatever is in them; only in Python
    #[arg(long)]
    pub(crate) allow_pickle: bool,
    /// End a run that takes longer with an error
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub(crate) timeout: Option<std::time::Duration>,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Who runs a package.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum EnvironmentManager {
    /// This program, without Python: packages with an ONNX model
    Native,
    /// The Python on the path, as it is
    Local,
    /// A Python environment that `uv` makes from the package's requirements, and keeps
    Uv,
    /// The same, made with `venv` and pip
    Virtualenv,
    /// The same, made with micromamba, mamba or conda
    Conda,
}

/// Lists the operators that a model needs, and those that cannot run here
///
/// Without a model, lists all operators that can. The exit status is 0 when everything can run, 1
/// when something cannot, 2 when the model cannot be read.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  envelope operators model.onnx
  envelope operators model.onnx --json | jq '.refusals'
  envelope operators")]
pub(crate) struct OperatorsArguments {
    /// The model
    #[arg(value_name = "MODEL")]
    pub(crate) model: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

fn device(text: &str) -> Result<envelope_infer::DeviceChoice, String> {
    text.parse()
}

fn seconds(text: &str) -> Result<std::time::Duration, String> {
    let seconds: f64 = text
        .parse()
        .map_err(|_| format!("found `{text}`, expected a number of seconds"))?;
    std::time::Duration::try_from_secs_f64(seconds)
        .ok()
        .filter(|duration| !duration.is_zero())
        .ok_or_else(|| format!("found {text}, expected more than 0 seconds"))
}
