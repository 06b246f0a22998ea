//! Parameters: those that the signature declares, of the declared types; unknown ones are left out.

use indexmap::IndexMap;

use crate::json::Json;
use crate::refusal::Refusal;
use crate::signature::ParamSpec;

/// The parameters that the model receives.
pub(super) fn enforce(
    given: Option<&Json>,
    declared: Option<&[ParamSpec]>,
) -> Result<Option<IndexMap<String, Json>>, Refusal> {
    let Some(declared) = declared else {
        // Without any declared, MLflow warns, and gives none.
        return Ok(match given {
            None | Some(Json::Null) => None,
            Some(_) => Some(IndexMap::new()),
        });
    };
    let empty = IndexMap::new();
    let given = match given {
        None | Some(Json::Null) => &empty,
        Some(Json::Object(map)) => map,
        Some(other) => {
            let found = other.kind();
            let message = format!("found {found} in `params`, expected an object");
            return Err(Refusal::predict(message));
        }
    };
    let mut received = IndexMap::new();
    let mut faults = Vec::new();
    let mut names = Vec::new();
    for (name, value) in given {
        let Some(param) = declared.iter().find(|param| param.name == *name) else {
            continue;
        };
        match param.convert(value) {
            Ok(value) => drop(received.insert(name.clone(), value)),
            Err(error) => {
                faults.push(format!("parameter `{name}`: {error}"));
                names.push(name.clone());
            }
        }
    }
    if !faults.is_empty() {
        let mut refusal = Refusal::predict(faults.join("; "));
        refusal.params = names;
        return Err(refusal);
    }
    for param in declared {
        if !received.contains_key(&param.name) {
            received.insert(param.name.clone(), param.default.clone());
        }
    }
    Ok(Some(received))
}
