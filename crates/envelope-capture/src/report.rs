//! The report: what a person looks at after a training run, one page made of its [`Record`], its
//! samples and what was not committed.
//!
//! The page needs nothing else: no other file, no network, and a script only to find lines of long
//! tables and to read values off the plots, which are drawn without it. As on the page of the changes a
//! policy in its head lets the browser run that script and nothing else, see
//! <https://www.w3.org/TR/CSP3/>. All that it says of a run is in the record; nothing is read here.

mod chart;
mod code;
mod columns;
mod ending;
mod facts;
mod head;
mod metric;
mod metrics;
mod number;
mod python;
mod started;
mod system;

use crate::metrics::Sample;
use crate::page::SHARED_STYLE;
use crate::page::markup::Markup;
use crate::patch::Patch;
use crate::record::Record;
pub use number::duration;

const STYLE: &str = include_str!("report/report.css");
const SCRIPT: &str = include_str!("report/report.js");
/// The hash of the script, by which the browser knows it; a test says when it is out of date.
const SCRIPT_HASH: &str = "sha256-xZQfowgM2CjqLfSYrNAKvKPdUZo5KY3vrap1waX0ZWg=";

/// What the report tells.
///
/// ```no_run
/// use envelope_capture::Patch;
/// use envelope_capture::record::{PAGE, PATCH, RunFolder};
/// use envelope_capture::report::Report;
///
/// let (folder, record) = RunFolder::open("runs/20261128-084812-123-k3v9x2q7".as_ref())?;
/// let samples = folder.read_samples()?;
/// let patch = std::fs::read(folder.path().join(PATCH)).map(Patch::read);
/// let patch = patch.ok().transpose()?;
/// let report = Report {
///     patch: patch.as_ref(),
///     changes_page: Some(PAGE),
///     ..Report::new(&record, &samples)
/// };
/// folder.write("report.html", report.html().as_bytes())?;
/// # Ok::<(), envelope_capture::Error>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Report<'a> {
    /// What is known about the run.
    pub record: &'a Record,
    /// What was sampled, in the order of time.
    pub samples: &'a [Sample],
    /// What was not committed, masked, where it is at hand.
    pub patch: Option<&'a Patch>,
    /// Where the page of the changes is, from the report's own folder.
    pub changes_page: Option<&'a str>,
    /// When the report is written, in milliseconds since 1970: a run whose end is not recorded either
    /// still runs, or was last heard of long before this.
    pub written_ms: Option<i64>,
}

impl<'a> Report<'a> {
    /// A report of a run, without its changes.
    pub fn new(record: &'a Record, samples: &'a [Sample]) -> Self {
        Self {
            record,
            samples,
            patch: None,
            changes_page: None,
            written_ms: None,
        }
    }

    /// Writes the page.
    pub fn html(&self) -> String {
        let patch_bytes = self.patch.map_or(0, |patch| patch.as_bytes().len());
        let mut markup = Markup::with_capacity((1 << 20) + patch_bytes.min(1 << 22));
        self.head(&mut markup);
        markup.raw("<body><div class=\"report\">");
        head::write(&mut markup, self);
        markup.raw("<main>");
        metrics::write(&mut markup, self);
        started::write(&mut markup, &self.record.provenance);
        code::write(&mut markup, self);
        python::write(&mut markup, &self.record.provenance.python);
        system::write(&mut markup, &self.record.provenance);
        markup.raw("</main><footer>Recorded by ");
        markup.text(&self.record.recorded_by);
        markup
            .raw(".</footer></div><script>")
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
        markup.raw("<meta name=\"color-scheme\" content=\"light dark\"><title>");
        markup.attribute(&head::title(self.record)).raw(" · run ");
        markup.text(self.record.id.as_str());
        markup
            .raw("</title><style>")
            .raw(SHARED_STYLE)
            .raw(STYLE)
            .raw("</style></head>");
    }
}
