//! Tables without lines: columns that align, and cells that wrap where the terminal is narrow.

use super::phrase::{DIM, Phrase};

/// Spaces between columns.
const GAP: usize = 2;
/// No column is made narrower than this.
const NARROWEST: usize = 10;

/// Rows under a head.
#[derive(Debug, Default)]
pub(super) struct Table {
    head: Vec<Phrase>,
    rows: Vec<Vec<Phrase>>,
    right: Vec<usize>,
}

impl Table {
    /// A table with these headings.
    pub(super) fn new(head: &[&str]) -> Self {
        let head = head.iter().map(|text| Phrase::new(DIM, text)).collect();
        Self {
            head,
            ..Self::default()
        }
    }

    /// A table without headings.
    pub(super) fn bare() -> Self {
        Self::default()
    }

    /// The table with one more column whose cells stand at its right side.
    pub(super) fn right(mut self, column: usize) -> Self {
        self.right.push(column);
        self
    }

    /// Adds a row.
    pub(super) fn row(&mut self, cells: Vec<Phrase>) {
        self.rows.push(cells);
    }

    /// The lines of the table, none wider than asked for as far as that is possible.
    pub(super) fn lines(&self, width: usize) -> Vec<String> {
        let head = (!self.head.is_empty()).then_some(&self.head);
        let all: Vec<&Vec<Phrase>> = head.into_iter().chain(&self.rows).collect();
        let widths = fit(natural_widths(&all), width);
        all.iter()
            .flat_map(|row| self.row_lines(row, &widths))
            .collect()
    }

    fn row_lines(&self, row: &[Phrase], widths: &[usize]) -> Vec<String> {
        let cells: Vec<Vec<Phrase>> = row
            .iter()
            .zip(widths)
            .map(|(cell, width)| cell.wrap(*width))
            .collect();
        let height = cells.iter().map(Vec::len).max().unwrap_or(0);
        let line = |index: usize| {
            let mut line = String::new();
            for (column, (cell, width)) in cells.iter().zip(widths).enumerate() {
                let part = cell.get(index).cloned().unwrap_or_default();
                let space = " ".repeat(width.saturating_sub(part.width()));
                let (before, after) = if self.right.contains(&column) {
                    (space, String::new())
                } else {
                    (String::new(), space)
                };
                line.push_str(&before);
                line.push_str(&part.render());
                line.push_str(&after);
                line.push_str(&" ".repeat(GAP));
            }
            line.trim_end_matches(' ').to_owned()
        };
        (0..height).map(line).collect()
    }
}

fn natural_widths(rows: &[&Vec<Phrase>]) -> Vec<usize> {
    let columns = rows.iter().map(|row| row.len()).max().unwrap_or(0);
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(Phrase::width).max().unwrap_or(0)
    };
    (0..columns).map(width).collect()
}

/// Takes from the widest column until all fit.
fn fit(mut widths: Vec<usize>, available: usize) -> Vec<usize> {
    let gaps = widths.len().saturating_sub(1) * GAP;
    while widths.iter().sum::<usize>() + gaps > available {
        let Some(widest) = widths.iter_mut().max() else {
            break;
        };
        if *widest <= NARROWEST {
            break;
        }
        *widest -= 1;
    }
    widths
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let mut table = Table::new(&["name", "type"]).right(2);
        table.row(vec![
            Phrase::plain("price"),
            Phrase::plain("a long description of a type"),
        ]);
        table.row(vec![
            Phrase::plain("価格"),
            Phrase::plain("long"),
            Phrase::plain("7"),
        ]);
        table
    }

    #[test]
    fn columns_align_whatever_their_alphabet() {
        let lines = table().lines(80);
        assert_eq!(lines[1], "price  a long description of a type");
        assert_eq!(lines[2], "価格   long                          7");
    }

    #[test]
    fn narrow_tables_wrap_their_widest_cells() {
        let lines = table().lines(24);
        assert_eq!(
            lines[1..4],
            ["price  a long", "       description of", "       a type"]
        );
    }
}
