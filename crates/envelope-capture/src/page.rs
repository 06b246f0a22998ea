//! The page: what was not committed, side by side, for people to read.
//!
//! One file that needs nothing else: no other file, no network, and a script only for what the browser
//! cannot do by itself, finding files and opening all of them. A policy in its head lets the browser
//! run that script and nothing else, see <https://www.w3.org/TR/CSP3/>.

mod blocks;
pub(crate) mod file;
pub(crate) mod hero;
mod inline;
pub(crate) mod markup;
mod tree;
pub(crate) mod work;

use crate::changes::{Inexact, LeftOut};
use crate::patch::Patch;
use crate::redact::MaskedLine;
use file::Budget;
use markup::Markup;
use work::Work;

/// Colours and letters, and how the sides of a file are set; the report of a run has them too.
pub(crate) const SHARED_STYLE: &str =
    concat!(include_str!("page/base.css"), include_str!("page/diff.css"));
const STYLE: &str = include_str!("page/page.css");
const SCRIPT: &str = include_str!("page/page.js");
/// The hash of the script, by which the browser knows it; a test says when it is out of date.
const SCRIPT_HASH: &str = "sha256-u+0v3E8+zd959a8ojdM5t+VrthF8/Km+BOtD+ooPpvA=";

/// The most lines of one file, and of all files, that are shown. What is beyond is said, and is in
/// the patch.
const FILE_LINES: usize = 5_000;
const PAGE_LINES: usize = 60_000;

/// A file of more lines than this is closed at first.
const OPEN_LINES: usize = 1_500;

/// What the page tells.
#[derive(Debug, Clone, Copy)]
pub struct Page<'a> {
    /// The changes, masked; where masking gave a patch to read, that one.
    pub patch: &'a Patch,
    /// The commit that they are against.
    pub commit: Option<&'a str>,
    /// The branch that is checked out.
    pub branch: Option<&'a str>,
    /// What the patch does not hold.
    pub left_out: &'a [LeftOut],
    /// What it does not restore to the byte.
    pub inexact: &'a [Inexact],
    /// The lines that held secrets.
    pub masked: &'a [MaskedLine],
}

impl Page<'_> {
    /// Writes the page, `uncommitted_changes.html`.
    pub fn html(&self) -> String {
        // A line takes some hundred bytes more than its text, on both sides.
        let mut markup = Markup::with_capacity(self.patch.as_bytes().len().min(16 << 20) * 3);
        self.head(&mut markup);
        markup.raw("<body><div class=\"page\">");
        tree::write(&mut markup, self.patch);
        markup.raw("<main>");
        hero::write(&mut markup, self);
        let mut budget = Budget {
            left: PAGE_LINES,
            open: OPEN_LINES,
            work: Work::default(),
        };
        for (at, section) in self.patch.sections().iter().enumerate() {
            file::write(&mut markup, self.patch, at, section, &mut budget);
        }
        markup
            .raw("</main></div><script>")
            .raw(SCRIPT)
            .raw("</script></body></html>\n");
        markup.finish()
    }

    fn head(&self, markup: &mut Markup) {
        markup.raw("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">");
        markup.raw("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; ");
        markup.raw("style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; script-src '");
        markup.raw(SCRIPT_HASH).raw("'\">");
        markup.raw("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">");
        markup.raw("<meta name=\"color-scheme\" content=\"light dark\"><title>Uncommitted changes");
        if let Some(branch) = self.branch {
            markup.raw(" on ").attribute(branch);
        }
        markup
            .raw("</title><style>")
            .raw(SHARED_STYLE)
            .raw(STYLE)
            .raw("</style></head>");
    }
}
