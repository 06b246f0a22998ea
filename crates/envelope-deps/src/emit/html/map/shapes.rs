//! The shapes of the map: frames with titles, areas with names, and the line of the cut.

use super::{Color, Measure, WIDTH};
use crate::emit::html::facts::Facts;
use crate::emit::html::markup::Markup;
use crate::emit::html::squares::Area;
use crate::emit::wording::{bytes, counted};
use crate::graph::PackageId;

/// The height of a frame's title.
const TITLE: f64 = 19.0;
/// How wide a letter is, nearly: of a name, of a title, of a size.
const LETTER: f64 = 6.9;
const BOLD_LETTER: f64 = 7.4;
const SMALL_LETTER: f64 = 5.8;
/// Narrower areas have no name on a narrow screen.
const NARROW: f64 = 130.0;

/// How a shape is drawn.
#[derive(Clone, Copy)]
pub(super) struct Look {
    pub(super) area: Area,
    pub(super) color: Color,
    /// The part of its name that is left out where there is no room.
    pub(super) left_out: Part,
}

pub(super) struct Shapes<'m, 'p, 'g, 'a> {
    pub(super) facts: &'m Facts<'p, 'g, 'a>,
    pub(super) measure: Measure,
    pub(super) markup: Markup,
}

impl Shapes<'_, '_, '_, '_> {
    /// Draws a frame, titled by its first package unless it has another title, and returns what is
    /// inside.
    pub(super) fn frame(
        &mut self,
        title: Option<&str>,
        packages: &[PackageId],
        look: Look,
    ) -> Area {
        let Look { area, color, .. } = look;
        let facts = self.facts;
        let first = packages.first().copied();
        let title = match (title, first) {
            (Some(title), _) => title,
            (None, Some(first)) => facts.name(first),
            (None, None) => "",
        };
        let is_whole = first.is_some_and(|first| title == facts.name(first));
        let weight = facts.weight(packages);
        self.open("f", area, color);
        if let Some(first) = first.filter(|_| is_whole) {
            let place = facts.nodes.place(first);
            self.markup.raw(" data-f=\"").number(place).raw("\"");
        }
        self.markup.raw("><title>").text(title);
        let verb = if is_whole { " alone holds up " } else { ": " };
        self.markup.raw(verb).text(&weight);
        self.rectangle();
        if let Some(shown) = fitted(title, (area.width - 10.0) / BOLD_LETTER, Part::Middle) {
            self.markup.raw("<text x=\"6\" y=\"14\">").text(&shown);
            let letters = |text: &str| text.chars().count() as f64;
            let room = area.width - 22.0 - BOLD_LETTER * letters(title);
            if SMALL_LETTER * letters(&weight) <= room {
                self.markup.raw("<tspan dx=\"7\" class=\"d\">");
                self.markup.text(&weight).raw("</tspan>");
            }
            self.markup.raw("</text>");
        }
        self.markup.raw("</svg>");
        area.within(TITLE, 3.0)
    }

    /// Draws the area of a package.
    pub(super) fn cell(&mut self, package: PackageId, look: Look) {
        let facts = self.facts;
        let area = look.area;
        let label = facts.nodes.label(package);
        let title = match facts.size_in_words(package) {
            Some(size) => format!("{label}: {size}"),
            None => label,
        };
        let known = facts.sizes.of(package);
        let size = known.filter(|_| self.measure == Measure::Bytes);
        let size = size.map(|size| bytes(size.bytes));
        self.area(&[package], &title, look);
        let shown = fitted(
            facts.name(package),
            (area.width - 8.0) / LETTER,
            look.left_out,
        );
        self.words(shown, size.as_deref(), area);
        self.markup.raw("</svg>");
    }

    /// Draws one area for packages that are too small to be seen.
    pub(super) fn crowd(&mut self, packages: &[PackageId], look: Look) {
        let facts = self.facts;
        let area = look.area;
        let few: Vec<&str> = packages
            .iter()
            .take(12)
            .map(|one| facts.name(*one))
            .collect();
        let more = if packages.len() > few.len() {
            ", …"
        } else {
            ""
        };
        let title = format!("{}: {}{more}", facts.weight(packages), few.join(", "));
        let label = format!("+{}", counted(packages.len(), "package", "packages"));
        self.area(packages, &title, look);
        let shown = fitted(&label, (area.width - 8.0) / LETTER, Part::End);
        self.words(shown, None, area);
        self.markup.raw("</svg>");
    }

    /// Draws the line along which the map is cut.
    pub(super) fn scissors(&mut self, x: f64) {
        let share = x / WIDTH * 100.0;
        self.markup
            .raw("<line class=\"snip\" y1=\"22\" y2=\"100%\" x1=\"");
        self.markup.length(share).raw("%\" x2=\"").length(share);
        self.markup.raw("%\"/><text class=\"snip\" y=\"14\" x=\"");
        self.markup.length(share).raw("%\">✂</text>");
    }

    fn area(&mut self, packages: &[PackageId], title: &str, look: Look) {
        self.open("c", look.area, look.color);
        self.markup.raw(" data-n=\"");
        for (count, package) in packages.iter().enumerate() {
            self.markup.raw(if count == 0 { "" } else { " " });
            self.markup.number(self.facts.nodes.place(*package));
        }
        self.markup.raw("\"><title>").text(title);
        self.rectangle();
    }

    fn rectangle(&mut self) {
        self.markup
            .raw("</title><rect width=\"100%\" height=\"100%\"/>");
    }

    /// Writes a name into an area, and below it how large it is, as far as there is room.
    fn words(&mut self, label: Option<String>, detail: Option<&str>, area: Area) {
        let Some(shown) = label.filter(|_| area.height >= 16.0) else {
            return;
        };
        // What is just wide enough here is not on a narrow screen.
        let class = if area.width < NARROW { "n" } else { "w" };
        self.markup
            .raw("<text x=\"5\" y=\"14\" class=\"")
            .raw(class);
        self.markup.raw("\">").text(&shown).raw("</text>");
        let detail = detail.filter(|_| area.height >= 33.0);
        let fits = |detail: &&str| SMALL_LETTER * detail.len() as f64 <= area.width - 8.0;
        if let Some(detail) = detail.filter(fits) {
            self.markup.raw("<text x=\"5\" y=\"28\" class=\"d\">");
            self.markup.text(detail).raw("</text>");
        }
    }

    fn open(&mut self, class: &'static str, area: Area, color: Color) {
        self.markup.raw("<svg class=\"").raw(class);
        match color {
            Color::Root(number) => self.markup.raw(" k").number(number),
            Color::Shared => self.markup.raw(" ks"),
            Color::Removed => self.markup.raw(" kx"),
        };
        self.markup.raw("\" x=\"").length(area.x / WIDTH * 100.0);
        self.markup.raw("%\" y=\"").length(area.y);
        self.markup
            .raw("\" width=\"")
            .length(area.width / WIDTH * 100.0);
        self.markup
            .raw("%\" height=\"")
            .length(area.height)
            .raw("\"");
    }
}

/// The part of a name that is left out where there is no room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// That which it has in common with its neighbours.
    Beginning,
    Middle,
    End,
}

/// A name, shortened to so many letters; nothing where not even a part has room.
fn fitted(name: &str, letters: f64, left_out: Part) -> Option<String> {
    let fits = |count: usize| count as f64 <= letters;
    let count = name.chars().count();
    if fits(count) {
        return Some(name.to_owned());
    }
    let room = (4..count).take_while(|count| fits(*count)).last()?;
    let begin = |name: &str, count: usize| name.chars().take(count).collect::<String>();
    let end = |count_of_end: usize| name.chars().skip(count - count_of_end).collect::<String>();
    let last_word = name.rsplit('-').next().unwrap_or(name);
    Some(match left_out {
        Part::Beginning if last_word.chars().count() < room => format!("…{}", end(room - 1)),
        Part::Beginning if room > 5 => format!("…{}…", begin(last_word, room - 2)),
        Part::Middle if room > 7 => {
            let half = room / 2;
            format!("{}…{}", begin(name, room - 1 - half), end(half))
        }
        _ => format!("{}…", begin(name, room - 1)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_shortened_to_their_room() {
        for (letters, left_out, expected) in [
            (17.0, Part::End, Some("jupyterlab-server")),
            (16.9, Part::End, Some("jupyterlab-serv…")),
            (10.0, Part::Middle, Some("jupy…erver")),
            (10.0, Part::Beginning, Some("…ab-server")),
            (7.5, Part::Middle, Some("jupyte…")),
            (7.5, Part::Beginning, Some("…server")),
            (6.5, Part::Beginning, Some("…serv…")),
            (5.5, Part::Beginning, Some("jupy…")),
            (4.0, Part::Middle, Some("jup…")),
            (3.9, Part::Middle, None),
        ] {
            let shown = fitted("jupyterlab-server", letters, left_out);
            assert_eq!(shown.as_deref(), expected, "{letters} {left_out:?}");
        }
    }
}
