//! Where a package comes from: MLflow's version, time, run, identity, registered model.

use super::Part;
use envelope_format::envelope_flavor;
use envelope_format::package::Package;
use envelope_format::registered_model_meta::{self, RegisteredModelMeta};
use serde::Serialize;
use serde_json::Value;

/// The time that stands in packages whose making was not recorded.
const NO_TIME: &str = "1970-01-01";

/// Where a package comes from.
#[derive(Debug, Serialize)]
pub(crate) struct Origin {
    /// The MLflow that saved it, or that it was made for.
    pub(crate) mlflow_version: Option<String>,
    /// When, in UTC; none where the time was not recorded.
    pub(crate) created: Option<String>,
    pub(crate) run_id: Option<String>,
    /// The experiment run, as the flavor `envelope` refers to it.
    pub(crate) run: Option<Value>,
    /// What is recorded of the run: its files in the package, the commit and the branch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) provenance: Option<Value>,
    pub(crate) model_id: Option<String>,
    pub(crate) model_uuid: Option<String>,
    pub(crate) artifact_path: Option<String>,
    /// The registered model that the package was downloaded as.
    pub(crate) registered_model: Part<RegisteredModelMeta>,
}

impl Origin {
    pub(super) fn of(package: &Package) -> Self {
        let mlmodel = package.mlmodel();
        let owned = |text: Option<&str>| text.map(str::to_owned);
        let flavor = mlmodel.flavor(envelope_flavor::NAME);
        let told = |key| Some(flavor?.get_set(key)?.to_json());
        Self {
            mlflow_version: owned(mlmodel.mlflow_version()),
            created: owned(
                mlmodel
                    .utc_time_created()
                    .filter(|time| !time.starts_with(NO_TIME)),
            ),
            run_id: owned(mlmodel.run_id()),
            run: told("run"),
            provenance: told(envelope_flavor::PROVENANCE),
            model_id: owned(mlmodel.model_id()),
            model_uuid: owned(mlmodel.model_uuid()),
            artifact_path: owned(mlmodel.artifact_path()),
            registered_model: registered_model(package),
        }
    }

    /// The name of the registered model.
    pub(super) fn registered_name(&self) -> Option<String> {
        match &self.registered_model {
            Part::Read(meta) => meta.model_name.clone(),
            _ => None,
        }
    }
}

fn registered_model(package: &Package) -> Part<RegisteredModelMeta> {
    let text = match package.read_text(registered_model_meta::FILE_NAME) {
        Ok(None) => return Part::Absent,
        Ok(Some(text)) => text,
        Err(error) => return Part::from_read(Err(error)),
    };
    Part::from_read(RegisteredModelMeta::parse(&text).map(Some))
}
