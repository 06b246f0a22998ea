//! How to load a package, in Python and here.

use crate::card::{Card, shell_quoted};
use crate::report::human::page::Page;
use crate::report::human::phrase::{DIM, Phrase, YELLOW};

/// Commands and Python lines, to be copied.
pub(super) fn add(page: &mut Page, card: &Card<'_>) {
    let loading = &card.loading;
    page.heading("Load it", "");
    if let Some(install) = &loading.install {
        page.verbatim_field("install", &Phrase::plain(install));
    }
    for (index, line) in loading.python.iter().enumerate() {
        page.verbatim_field(
            if index == 0 { "in Python" } else { "" },
            &Phrase::plain(line),
        );
    }
    if let Some(serve) = &loading.serve {
        page.verbatim_field("serve", &Phrase::plain(serve));
    }
    if let Some(native) = &loading.native_onnx {
        let phrase = Phrase::plain(native).then(DIM, "  an ONNX model, which runs without Python");
        page.field("natively", &phrase);
    }
    let verify = format!("envelope verify {}", shell_quoted(&card.package));
    page.verbatim_field("check", &Phrase::plain(&verify));
    match (&loading.pickle, loading.names_only_a_class) {
        (Some(file), true) => {
            let note = format!("MLflow unpickles `{file}`, which names a class and holds no code");
            page.field("note", &Phrase::message(&note));
        }
        (Some(file), false) => {
            let warning = format!("`{file}` is unpickled, which may run any code that it holds");
            page.field("beware", &Phrase::new(YELLOW, &warning));
        }
        (None, _) => {}
    }
}
