//! Runs of models, and what models need, as JSON. Times are in seconds.

use super::text;
use crate::answers::Distance;
use crate::commands::compare::Comparison;
use crate::commands::infer::Run;
use crate::report::{median, shares};
use envelope_infer::{Device, SupportedOperator, Survey, Value, ValueInfo};
use serde_json::{Value as Json, json};
use std::time::Duration;

/// The report on runs of a model.
pub(crate) fn inferred(run: &Run<'_>) -> String {
    let seconds: Vec<f64> = run.runs.iter().map(Duration::as_secs_f64).collect();
    let later = run.runs.get(1..).filter(|later| !later.is_empty());
    let outputs: serde_json::Map<String, Json> = run
        .outputs
        .iter()
        .map(|(name, value)| (name.clone(), described(value)))
        .collect();
    let profile = run.profile.as_ref().map(|_| profile(run));
    text(&json!({
        "model": run.model,
        "device": run.session.device().name(),
        "inputs": run.session.inputs().iter().map(info).collect::<Vec<_>>(),
        "load_seconds": run.load.as_secs_f64(),
        "first_run_seconds": seconds.first(),
        "median_run_seconds": later.map(|later| median(later).as_secs_f64()),
        "run_seconds": seconds,
        "outputs": outputs,
        "written": run.written.iter().cloned().collect::<std::collections::BTreeMap<_, _>>(),
        "profile": profile,
    }))
}

fn profile(run: &Run<'_>) -> Json {
    let operators: Vec<Json> = shares(run)
        .iter()
        .map(|share| {
            json!({
                "operator": share.operator,
                "on_gpu": share.on_gpu,
                "nodes": share.nodes,
                "seconds": share.time.as_secs_f64(),
            })
        })
        .collect();
    let crossings: Vec<Json> = run
        .session
        .crossings()
        .iter()
        .map(|crossing| json!({ "value": crossing.value, "to_gpu": crossing.to_gpu }))
        .collect();
    json!({ "operators": operators, "crossings": crossings })
}

fn info(info: &ValueInfo) -> Json {
    json!({ "name": info.name, "type": info.described() })
}

fn described(value: &Value) -> Json {
    match value {
        Value::Tensor(tensor) => json!({
            "type": tensor.data_type().name(),
            "shape": tensor.shape().to_vec(),
        }),
        Value::Sequence(values) => json!({ "type": "sequence", "length": values.len() }),
        _ => json!({ "type": "other" }),
    }
}

/// The devices that a model can run on.
pub(crate) fn devices(devices: &[Device]) -> String {
    let all: Vec<Json> = devices
        .iter()
        .map(|device| {
            json!({
                "name": device.name(),
                "is_gpu": device.is_gpu(),
                "is_software": device.is_software(),
            })
        })
        .collect();
    text(&json!({ "devices": all }))
}

/// What a model needs, and what of it is missing.
pub(crate) fn survey(survey: &Survey) -> String {
    let operators: Vec<Json> = survey
        .operators
        .iter()
        .map(|one| {
            json!({
                "domain": one.domain,
                "name": one.name,
                "version": one.version,
                "nodes": one.nodes,
            })
        })
        .collect();
    let refusals: Vec<Json> = survey
        .refusals
        .iter()
        .map(|one| json!({ "node": one.node, "operator": one.operator, "reason": one.reason }))
        .collect();
    text(&json!({ "operators": operators, "refusals": refusals }))
}

/// All operators that can run.
pub(crate) fn operators(all: &[SupportedOperator]) -> String {
    let all: Vec<Json> = all
        .iter()
        .map(|one| json!({ "domain": one.domain, "name": one.name, "since": one.since }))
        .collect();
    text(&json!({ "operators": all }))
}

/// Two answers beside each other.
pub(crate) fn compared(comparison: &Comparison) -> String {
    let outputs = comparison.outputs.iter().map(|(name, distance)| {
        let (absolute, relative) = match distance {
            Distance::Numbers { absolute, relative } => (Some(absolute), Some(relative)),
            Distance::Different => (None, None),
        };
        json!({
            "name": name,
            "absolute": absolute,
            "relative": relative,
            "agrees": distance.is_within(comparison.tolerance),
        })
    });
    text(&json!({
        "package": comparison.package,
        "agrees": comparison.agrees(),
        "tolerance": comparison.tolerance,
        "device": comparison.device,
        "peer": comparison.peer,
        "outputs": outputs.collect::<Vec<_>>(),
    }))
}
