//! The signature as tables.

use super::page::{INDENT, Page};
use super::phrase::{BOLD, DIM, Phrase};
use super::table::Table;
use envelope_format::signature::{
    Column, ColumnName, ParamShape, ParamSpec, ParamType, Presence, Schema, Signature, TensorSpec,
};

/// Adds the three parts that the signature has.
pub(super) fn add(page: &mut Page, signature: &Signature, limit: usize) {
    for (title, schema) in [
        ("Inputs", &signature.inputs),
        ("Outputs", &signature.outputs),
    ] {
        match schema {
            Some(Schema::Columns(columns)) => add_columns(page, title, columns, limit),
            Some(Schema::Tensors(tensors)) => add_tensors(page, title, tensors, limit),
            None => {}
        }
    }
    let params = signature.params.as_deref().unwrap_or_default();
    if !params.is_empty() {
        add_params(page, params, limit);
    }
}

fn add_columns(page: &mut Page, title: &str, columns: &[Column], limit: usize) {
    page.heading(title, &super::count(columns.len(), "column"));
    let mut table = Table::new(&["name", "type", "required"]);
    for column in columns.iter().take(limit) {
        let required = match column.presence {
            Presence::Required => Phrase::plain("yes"),
            Presence::Optional | Presence::Unstated => Phrase::new(DIM, "no"),
        };
        table.row(vec![
            name(column.name.as_ref()),
            Phrase::plain(&column.ty.to_string()),
            required,
        ]);
    }
    page.table(INDENT, &table);
    add_rest(page, columns.len(), limit);
}

fn add_tensors(page: &mut Page, title: &str, tensors: &[TensorSpec], limit: usize) {
    page.heading(title, &super::count(tensors.len(), "tensor"));
    let mut table = Table::new(&["name", "type", "shape"]);
    for tensor in tensors.iter().take(limit) {
        let name = name(tensor.name.as_ref());
        table.row(vec![
            name,
            Phrase::plain(tensor.dtype.name()),
            Phrase::plain(&shape(&tensor.shape)),
        ]);
    }
    page.table(INDENT, &table);
    add_rest(page, tensors.len(), limit);
}

fn add_params(page: &mut Page, params: &[ParamSpec], limit: usize) {
    page.heading("Parameters", "of a prediction");
    let mut table = Table::new(&["name", "type", "default"]);
    for param in params.iter().take(limit) {
        let ty = match &param.ty {
            ParamType::Scalar(ty) => ty.to_string(),
            ParamType::Object(properties) => {
                let shown: Vec<String> = properties.iter().map(ToString::to_string).collect();
                format!("object {{{}}}", shown.join(", "))
            }
        };
        let ty = match param.shape {
            ParamShape::Scalar => ty,
            ParamShape::List => format!("list of {ty}"),
        };
        let default = param.default.to_python_string();
        table.row(vec![
            Phrase::new(BOLD, &param.name),
            Phrase::plain(&ty),
            Phrase::plain(&default),
        ]);
    }
    page.table(INDENT, &table);
    add_rest(page, params.len(), limit);
}

fn add_rest(page: &mut Page, all: usize, limit: usize) {
    if all > limit {
        let rest = format!("… and {} more; -v shows all", all - limit);
        page.paragraph(INDENT, &Phrase::new(DIM, &rest));
    }
}

fn name(name: Option<&ColumnName>) -> Phrase {
    match name {
        Some(name) => Phrase::new(BOLD, &name.to_string()),
        None => Phrase::new(DIM, "(unnamed)"),
    }
}

/// A shape with `any` for what may vary: `[any, 30]`.
fn shape(sizes: &[i64]) -> String {
    let size = |size: &i64| {
        if *size == -1 {
            "any".to_owned()
        } else {
            size.to_string()
        }
    };
    format!(
        "[{}]",
        sizes.iter().map(size).collect::<Vec<_>>().join(", ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        let value = envelope_format::json::Json::parse(text.as_bytes()).unwrap();
        let mut page = Page::new(60);
        add(&mut page, &Signature::from_json(&value).unwrap(), 2);
        anstream::adapter::strip_str(&page.into_text()).to_string()
    }

    #[test]
    fn columns_and_parameters_are_tables() {
        let text = r#"{"inputs": [{"type": "long", "name": "a", "required": true},
            {"type": "array", "items": {"type": "string"}, "name": "b", "required": false},
            {"type": "any", "name": "c", "required": true}],
            "params": [{"name": "n", "type": "long", "default": 7, "shape": null},
            {"name": "q", "type": "double", "default": [0.1], "shape": [-1]}]}"#;
        assert_eq!(
            shown(text),
            "\
Inputs  3 columns
  name  type             required
  a     long             yes
  b     array of string  no
  … and 1 more; -v shows all

Parameters  of a prediction
  name  type            default
  n     long            7
  q     list of double  [0.1]
"
        );
    }

    #[test]
    fn tensors_tell_what_may_vary() {
        let text = r#"{"outputs": [{"type": "tensor",
            "tensor-spec": {"dtype": "float32", "shape": [-1, 30]}}]}"#;
        assert_eq!(
            shown(text),
            "\
Outputs  1 tensor
  name       type     shape
  (unnamed)  float32  [any, 30]
"
        );
    }
}
