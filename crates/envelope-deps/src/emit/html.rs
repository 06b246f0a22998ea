//! The page: what was cut, what it weighs, and the graph to look around in.
//!
//! One file that needs nothing else: no other file, no network, and for everything but searching
//! and choosing no script either. A policy in its head lets the browser run the one script that
//! belongs to it and nothing else, see <https://www.w3.org/TR/CSP3/>.

mod branches;
mod facts;
mod forest;
mod map;
mod markup;
mod squares;
mod tables;

use super::wording::{bytes, count, counted, files, listed, plain};
use crate::explain::Sizes;
use crate::graph::Needs;
use crate::inventory::EdgeSource;
use crate::prune::Pruned;
use crate::requirement::Requirement;
use facts::Facts;
use map::{Colors, Measure};
use markup::Markup;
use serde_json::{Value, json};

const STYLE: &str = include_str!("html/page.css");
const SCRIPT: &str = include_str!("html/page.js");
/// The hash of the script, by which the browser knows it. A browser that meets another script
/// names its hash in the console.
const SCRIPT_HASH: &str = "sha256-n2CYnnpR7qlSEZrkNsILnZHWifvtld4Q3RIR7EFWuo4=";

/// The page about a prune, or about a graph of which nothing was pruned.
pub fn html(pruned: &Pruned, sizes: &Sizes) -> String {
    let graph = pruned.graph();
    let full = Needs::full(graph);
    let left = Needs::of(graph, pruned.reach(), pruned.cut());
    let facts = Facts::of(pruned, sizes, &full, &left);
    // What stays gets its colors first, the heaviest before all.
    let roots = facts.holdings.iter();
    let roots = roots.filter_map(|holding| graph.packages_named(&holding.root).first().copied());
    let colors = Colors::of(roots.filter(|root| !facts.nodes.is_removed(*root)));
    let mut markup = Markup::default();
    head(&mut markup, &facts);
    markup.raw("<body>").raw(HATCH).raw("<main>");
    hero(&mut markup, &facts);
    tables::findings(&mut markup, &facts);
    maps(&mut markup, &facts, &colors);
    tables::holdings(&mut markup, &facts, &colors);
    tables::removed(&mut markup, &facts);
    tables::kept(&mut markup, &facts);
    branches::tree(&mut markup, &facts);
    tables::notes(&mut markup, &facts);
    markup.raw("</main><aside id=\"chosen\" hidden></aside>");
    markup.raw("<script type=\"application/json\" id=\"graph\">");
    markup
        .json(&data(&facts))
        .raw("</script><script>")
        .raw(SCRIPT);
    markup.raw("</script></body></html>\n");
    markup.finish()
}

fn head(markup: &mut Markup, facts: &Facts) {
    markup.raw("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">");
    markup.raw("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; ");
    markup.raw("style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; script-src '");
    markup.raw(SCRIPT_HASH).raw("'\">");
    markup.raw("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">");
    markup.raw("<meta name=\"color-scheme\" content=\"light dark\"><title>");
    markup
        .text(&title(facts))
        .raw("</title><style>")
        .raw(STYLE)
        .raw("</style></head>");
}

fn title(facts: &Facts) -> String {
    let (before, after) = counts(facts);
    if before == after {
        return format!("Requirements: {}", counted(after, "package", "packages"));
    }
    let after = counted(after, "package", "packages");
    format!("Requirements: {} → {after}", count(before))
}

fn counts(facts: &Facts) -> (usize, usize) {
    let after = facts.kept.packages.len();
    (after + facts.removed.packages.len(), after)
}

/// The beginning of the page: what was cut and what it weighs.
fn hero(markup: &mut Markup, facts: &Facts) {
    let (before, after) = counts(facts);
    markup.raw("<header><h1>");
    if before != after {
        markup
            .raw("<span class=\"from\">")
            .text(&count(before))
            .raw("</span> → ");
    }
    let word = if after == 1 { " package" } else { " packages" };
    markup
        .text(&count(after))
        .text(word)
        .raw("</h1><p class=\"lede\">");
    let named = facts.pruned.named();
    if named.is_empty() {
        markup.raw("Nothing is pruned.");
    } else {
        markup
            .raw("Without <strong>")
            .text(&listed(&named))
            .raw("</strong>, ");
        let gone = counted(facts.removed.packages.len(), "package is", "packages are");
        markup.text(&gone).raw(" not needed any more");
        if let Some(size) = facts.removed.size {
            markup
                .raw(": <strong>")
                .text(&bytes(size.bytes))
                .raw("</strong> in ");
            markup.text(&files(size)).raw(" files");
        }
        markup.raw(".");
    }
    markup.raw("</p>");
    if before != after {
        measures(markup, facts);
    }
    ground(markup, facts);
    markup.raw(
        "<p class=\"search\" hidden><label>Find a package <input type=\"search\" id=\"find\" \
         autocomplete=\"off\" spellcheck=\"false\"></label> <output id=\"found\"></output></p>\
         </header>",
    );
}

/// Three bars: how much of everything goes.
fn measures(markup: &mut Markup, facts: &Facts) {
    let (kept, removed) = (&facts.kept, &facts.removed);
    let number = |length: usize| u64::try_from(length).unwrap_or(u64::MAX);
    let words = |number: u64| count(usize::try_from(number).unwrap_or(usize::MAX));
    markup.raw("<div class=\"measures\">");
    let packages = (number(kept.packages.len()), number(removed.packages.len()));
    measure(markup, "Packages", packages, words);
    if !facts.sizes.is_empty() {
        let (stay, go) = (
            kept.size.unwrap_or_default(),
            removed.size.unwrap_or_default(),
        );
        measure(markup, "Size", (stay.bytes, go.bytes), bytes);
        measure(markup, "Files", (stay.files, go.files), words);
    }
    markup.raw("</div>");
}

fn measure(
    markup: &mut Markup,
    title: &'static str,
    (stays, goes): (u64, u64),
    words: impl Fn(u64) -> String,
) {
    let share = goes as f64 / (stays.saturating_add(goes)).max(1) as f64 * 100.0;
    markup
        .raw("<div class=\"measure\"><span class=\"of\">")
        .raw(title);
    markup
        .raw("</span><span class=\"stay\">")
        .text(&words(stays));
    markup
        .raw(" stay</span><span class=\"go\">−")
        .text(&words(goes))
        .raw(" (");
    markup
        .text(&format!("{share:.0}"))
        .raw(" %)</span><span class=\"whole\" aria-hidden=\"true\">");
    markup
        .raw("<span class=\"rest\" style=\"width:")
        .length(100.0 - share);
    markup
        .raw("%\"></span><span class=\"cutoff\" style=\"width:")
        .length(share);
    markup.raw("%\"></span></span></div>");
}

/// On what ground all this is said.
fn ground(markup: &mut Markup, facts: &Facts) {
    let graph = facts.graph();
    let roots = facts.pruned.roots();
    markup.raw("<dl class=\"ground\"><div><dt>Asked for</dt><dd>");
    markup.text(&listed(
        roots
            .iter()
            .take(12)
            .map(|root| asked_for(&root.requirement)),
    ));
    if roots.len() > 12 {
        markup.raw(" and ").number(roots.len() - 12).raw(" more");
    }
    if graph.roots_are_inferred() {
        markup.raw(" <span class=\"quiet\">(what nothing else needs, since the source does not say)</span>");
    }
    markup.raw("</dd></div><div><dt>Edges from</dt><dd>");
    markup.raw(match graph.inventory().edge_source {
        EdgeSource::None => "nowhere: a list of packages",
        EdgeSource::Lock => "a lock",
        EdgeSource::Metadata => "the metadata of installed packages",
        EdgeSource::Annotations => "annotations, which forget extras: sometimes too much stays",
    });
    markup
        .raw("</dd></div><div><dt>Target</dt><dd>")
        .text(&graph.target().to_string());
    markup.raw("</dd></div></dl>");
}

/// A requirement in few words, since some ask for dozens of extras.
fn asked_for(requirement: &Requirement) -> String {
    let extras = &requirement.extras;
    if extras.len() <= 4 {
        return requirement.to_string();
    }
    let few = listed(&extras[..3]);
    format!(
        "{}[{few} and {} more extras]",
        requirement.name,
        extras.len() - 3
    )
}

/// The pattern of what goes, for both maps.
const HATCH: &str = "<svg width=\"0\" height=\"0\" aria-hidden=\"true\"><defs><pattern id=\"hatch\" \
     width=\"7\" height=\"7\" patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\">\
     <rect width=\"7\" height=\"7\"/><path d=\"M0 0V7\"/></pattern></defs></svg>";

/// The map, by size and by number where sizes are known.
fn maps(markup: &mut Markup, facts: &Facts, colors: &Colors) {
    markup.raw("<section class=\"maps\" aria-labelledby=\"h-map\"><h2 id=\"h-map\">Where the weight is</h2>");
    let has_sizes = !facts.sizes.is_empty();
    if has_sizes {
        markup.raw(
            "<input type=\"radio\" name=\"measure\" id=\"by-size\" checked>\
             <label for=\"by-size\">by size</label>\
             <input type=\"radio\" name=\"measure\" id=\"by-count\">\
             <label for=\"by-count\">by number of packages</label>",
        );
    }
    markup
        .raw("<div class=\"sides\"><span>stays: ")
        .text(&facts.weight(&facts.kept.packages));
    markup.raw("</span>");
    if !facts.removed.packages.is_empty() {
        markup
            .raw("<span class=\"cut\">goes: ")
            .text(&facts.weight(&facts.removed.packages));
        markup.raw("</span>");
    }
    markup.raw("</div>");
    if has_sizes {
        markup
            .raw("<div class=\"size-map\">")
            .append(&map::draw(facts, Measure::Bytes, colors));
        markup.raw("</div>");
    }
    markup
        .raw("<div class=\"count-map\">")
        .append(&map::draw(facts, Measure::Packages, colors));
    markup.raw(
        "</div><p class=\"quiet\">Every area is a package, within the one that alone holds it up \
         once the rest is gone.<span class=\"hint\"> Choose one to see what it needs (lines) and \
         what needs it (dashes).</span></p></section>",
    );
}

/// The graph for the script: packages with version, bytes and what became of them; needs as pairs
/// of places; what was asked for.
fn data(facts: &Facts) -> Value {
    let graph = facts.graph();
    let packages = facts.nodes.packages().iter().map(|one| {
        let state = if facts.nodes.is_removed(*one) {
            facts
                .via
                .get(one)
                .map_or_else(|| "pruned".to_owned(), |via| format!("only via {via}"))
        } else {
            String::new()
        };
        let size = facts.size_in_words(*one);
        let version = graph.version(*one).map(plain);
        json!([facts.name(*one), version, size, state])
    });
    let packages: Vec<Value> = packages.collect();
    let needs = facts.full.all().iter();
    let needs = needs.filter_map(|need| {
        Some(json!([
            facts.nodes.place(need.from?),
            facts.nodes.place(need.to)
        ]))
    });
    let needs: Vec<Value> = needs.collect();
    let roots = facts.full.of_user().iter();
    let roots: Vec<usize> = roots.map(|need| facts.nodes.place(need.to)).collect();
    json!({"packages": packages, "needs": needs, "roots": roots})
}
