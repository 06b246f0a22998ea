//! How to load a package, in Python and here.

use crate::card::{Card, shell_quoted};
use crate::report::human::page::Page;
use crate::report::human::phrase::{DIM, PLAIN, Phrase, YELLOW};

/// Commands and Python lines, to be copied.
pub(super) fn add(page: &mut Page, card: &Card) {
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
    if loading.unpickles {
        let warning = "loading it in Python unpickles an object, which may run any code";
        page.field("beware", &Phrase::new(YELLOW, warning).then(PLAIN, ""));
    }
}
