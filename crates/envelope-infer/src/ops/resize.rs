//! [Resize](https://onnx.ai/onnx/operators/onnx__Resize.html) in all its versions, and Upsample,
//! which it replaced.
//!
//! A dimension is resized after the other. What each output takes from which inputs is a table
//! ([`taps`]), and applying tables is all that is done to the elements ([`apply`]).

mod apply;
mod size;
mod taps;

use crate::data_type::DataType;
use crate::fault::{Result, fault};
use crate::operator::{Built, Context, Entry, Facts, Inputs, one};
use size::Request;
use taps::{Coordinates, Cubic, Method, Rounding, Rules};

/// The operators of this family.
pub(super) const ENTRIES: &[Entry] = &[
    Entry::since("Resize", 10, |facts| upsample(facts, Scales::Input(1))),
    Entry::since("Resize", 11, resize),
    Entry::new("Upsample", upsample_by_two_attributes),
    Entry::since("Upsample", 7, upsample_by_attribute),
    Entry::since("Upsample", 9, |facts| upsample(facts, Scales::Input(1))),
];

/// Where the scales come from.
enum Scales {
    Attribute(Vec<f32>),
    Input(usize),
}

fn upsample_by_two_attributes(facts: &Facts<'_>) -> Result<Built> {
    let scale = |name: &str| {
        let found = facts.number(name)?;
        found.ok_or_else(|| fault!("attribute `{name}` is missing"))
    };
    let scales = vec![1.0, 1.0, scale("height_scale")?, scale("width_scale")?];
    upsample(facts, Scales::Attribute(scales))
}

fn upsample_by_attribute(facts: &Facts<'_>) -> Result<Built> {
    let scales = facts.numbers("scales")?;
    let scales = scales.ok_or_else(|| fault!("attribute `scales` is missing"))?;
    upsample(facts, Scales::Attribute(scales.to_vec()))
}

/// The rules that held before they could be chosen.
fn upsample(facts: &Facts<'_>, scales: Scales) -> Result<Built> {
    let data_type = facts.data_type(0)?;
    let rules = Rules {
        method: match facts.text_or("mode", "nearest")? {
            "nearest" => Method::Nearest(Rounding::Outwards),
            "linear" | "bilinear" => Method::Linear,
            other => return Err(fault!("attribute `mode` is `{other}`")),
        },
        coordinates: Coordinates::Asymmetric,
        antialias: false,
        exclude_outside: false,
        extrapolation: 0.0,
    };
    check_type(&rules, data_type)?;
    let operator = move |mut inputs: Inputs, context: &Context<'_>| {
        let x = inputs.take(0)?;
        let scales = match &scales {
            Scales::Attribute(scales) => scales.clone(),
            Scales::Input(input) => inputs.tensor(*input)?.values::<f32>()?.into_owned(),
        };
        let request = Request {
            scales: Some(scales),
            ..Request::default()
        };
        let axes = request.axes(x.shape())?;
        Ok(one(apply::resized(x, &axes, &rules, context)?))
    };
    Ok(Built::one(data_type, operator).anywhere_but(&[1]))
}

fn resize(facts: &Facts<'_>) -> Result<Built> {
    let data_type = facts.data_type(0)?;
    let rules = Rules {
        method: method(facts)?,
        coordinates: coordinates(facts)?,
        antialias: facts.flag("antialias", false)?,
        exclude_outside: facts.flag("exclude_outside", false)?,
        extrapolation: facts.number_or("extrapolation_value", 0.0)?,
    };
    check_type(&rules, data_type)?;
    if rules.antialias && matches!(rules.method, Method::Nearest(_)) {
        return Err(fault!(
            "`antialias` has no meaning where `mode` is `nearest`"
        ));
    }
    if !facts.has(2) && !facts.has(3) {
        return Err(fault!("both scales and sizes are missing"));
    }
    let crops = rules.coordinates == Coordinates::Crop;
    let axes = facts.ints("axes")?.map(<[i64]>::to_vec);
    let fit = size::Fit::read(facts)?;
    let operator = move |mut inputs: Inputs, context: &Context<'_>| {
        let x = inputs.take(0)?;
        let numbers = |input: usize| -> Result<Option<Vec<f32>>> {
            let found = inputs
                .optional(input)?
                .filter(|tensor| tensor.elements() > 0);
            found.map(size::numbers).transpose()
        };
        let sizes = inputs.optional(3)?.filter(|tensor| tensor.elements() > 0);
        let sizes = sizes.map(crate::tensor::Tensor::integers).transpose()?;
        let request = Request {
            axes: axes.clone(),
            region: if crops { numbers(1)? } else { None },
            // Some exporters give both; the sizes are exact.
            scales: if sizes.is_some() { None } else { numbers(2)? },
            sizes,
            fit,
        };
        let axes = request.axes(x.shape())?;
        Ok(one(apply::resized(x, &axes, &rules, context)?))
    };
    Ok(Built::one(data_type, operator).anywhere_but(&[1, 2, 3]))
}

fn method(facts: &Facts<'_>) -> Result<Method> {
    let rounding = match facts.text_or("nearest_mode", "round_prefer_floor")? {
        "round_prefer_floor" => Rounding::HalfDown,
        "round_prefer_ceil" => Rounding::HalfUp,
        "floor" => Rounding::Floor,
        "ceil" => Rounding::Ceil,
        other => return Err(fault!("attribute `nearest_mode` is `{other}`")),
    };
    let a = f64::from(facts.number_or("cubic_coeff_a", -0.75)?);
    match facts.text_or("mode", "nearest")? {
        "nearest" => Ok(Method::Nearest(rounding)),
        "linear" => Ok(Method::Linear),
        "cubic" => Ok(Method::Cubic(Cubic { a })),
        other => Err(fault!("attribute `mode` is `{other}`")),
    }
}

fn coordinates(facts: &Facts<'_>) -> Result<Coordinates> {
    let name = facts.text_or("coordinate_transformation_mode", "half_pixel")?;
    let known = [
        ("half_pixel", Coordinates::HalfPixel),
        ("half_pixel_symmetric", Coordinates::HalfPixelSymmetric),
        ("pytorch_half_pixel", Coordinates::HalfPixelOrZero),
        ("align_corners", Coordinates::AlignedCorners),
        ("asymmetric", Coordinates::Asymmetric),
        ("tf_crop_and_resize", Coordinates::Crop),
        ("tf_half_pixel_for_nn", Coordinates::HalfPixelUnshifted),
    ];
    let found = known.iter().find(|row| row.0 == name).map(|row| row.1);
    found.ok_or_else(|| fault!("attribute `coordinate_transformation_mode` is `{name}`"))
}

/// Elements between others exist for numbers only.
fn check_type(rules: &Rules, data_type: DataType) -> Result<()> {
    if data_type.is_number() || matches!(rules.method, Method::Nearest(_)) {
        return Ok(());
    }
    Err(fault!(
        "elements of {data_type} can be resized only where `mode` is `nearest`"
    ))
}
