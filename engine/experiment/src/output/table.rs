//! A table of measures by policies that fits the width it is given.
//!
//! Three shapes, in this order: all in columns; all in columns with long labels wrapped; and where the
//! policies do not fit side by side, stacked under each measure.

use comfy_table::{Cell, CellAlignment, ContentArrangement, LineStyle, Row, Table, TableStyle};

/// The narrowest that a label column is wrapped to before policies are stacked.
const LABEL_WIDTH_MIN: usize = 26;

/// Spaces between columns.
const GAP: u16 = 3;

/// A line under the header and nothing else.
const STYLE: TableStyle = TableStyle::new().header_separator(LineStyle::none().fill('─').junction('─'));

/// The colour of a piece of text, used only where colour is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Tone {
    #[default]
    Plain,
    Bold,
    Good,
    Bad,
    Dim,
}

impl Tone {
    pub(super) fn paint(self, text: &str, color: bool) -> String {
        let code = match self {
            Tone::Good => "32",
            Tone::Bad => "31",
            Tone::Dim => "2",
            Tone::Bold => "1",
            Tone::Plain => "",
        };
        if color && !code.is_empty() { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }
}

/// A piece of a cell; pieces of one column line up with each other.
#[derive(Debug, Clone, Default)]
pub(super) struct Piece {
    pub(super) text: String,
    /// Whether it lines up at its right end, as numbers do.
    pub(super) right: bool,
    pub(super) tone: Tone,
}

/// A cell: pieces with a space between them.
pub(super) type Pieces = Vec<Piece>;

/// A table before it has a shape.
#[derive(Debug, Default)]
pub(super) struct Grid {
    /// What the values are, heading the column where policies are stacked.
    pub(super) values: String,
    /// The policies.
    pub(super) columns: Vec<String>,
    /// A measure each, with a cell for each policy.
    pub(super) rows: Vec<(String, Vec<Pieces>)>,
}

impl Grid {
    /// The table as lines of at most `width` columns, where a single policy leaves room for that.
    pub(super) fn render(&self, width: usize, color: bool) -> String {
        let body: Vec<Vec<String>> = (0..self.columns.len()).map(|c| self.column(c..c + 1, color)).collect();
        let label_width = self.rows.iter().map(|(label, _)| measure(label)).max().unwrap_or(0);
        let values: usize = self.columns.iter().zip(&body).map(|(head, cells)| column_width(head, cells)).sum();
        let needed = values + self.columns.len() * usize::from(GAP);
        let lines = if label_width.min(LABEL_WIDTH_MIN) + needed <= width {
            self.side_by_side(&body, width.saturating_sub(needed), color)
        } else {
            self.stacked(width, color)
        };
        lines.lines().map(|line| format!("{}\n", line.trim_end())).collect()
    }

    fn side_by_side(&self, body: &[Vec<String>], label_width: usize, color: bool) -> String {
        let mut header = vec![String::new()];
        header.extend(self.columns.iter().map(|name| Tone::Bold.paint(name, color)));
        let mut table = Table::new();
        table.set_header(Row::from(header));
        for (r, (label, _)) in self.rows.iter().enumerate() {
            let mut row = vec![wrapped(label, label_width, "  ")];
            row.extend(body.iter().map(|cells| cells[r].clone()));
            table.add_row(row);
        }
        finish(table)
    }

    /// A line for each measure, and under it a line for each policy.
    fn stacked(&self, width: usize, color: bool) -> String {
        let cells = self.column(0..self.columns.len(), color);
        let values = column_width(&self.values, &cells);
        let label_width = width.saturating_sub(values + usize::from(GAP));
        let mut cells = cells.into_iter();
        let mut table = Table::new();
        table.set_header(vec![String::new(), Tone::Bold.paint(&self.values, color)]);
        for (label, _) in &self.rows {
            table.add_row(vec![wrapped(label, label_width, "  "), String::new()]);
            for name in &self.columns {
                table.add_row(vec![format!("    {name}"), cells.next().unwrap_or_default()]);
            }
        }
        finish(table)
    }

    /// The cells of some columns, row by row, padded so that their pieces line up.
    fn column(&self, columns: std::ops::Range<usize>, color: bool) -> Vec<String> {
        let cells = || self.rows.iter().flat_map(|(_, row)| &row[columns.clone()]);
        let pieces = cells().map(Vec::len).max().unwrap_or(0);
        let width_of = |p: usize| cells().filter_map(|cell| cell.get(p)).map(|piece| measure(&piece.text)).max();
        let widths: Vec<usize> = (0..pieces).map(|p| width_of(p).unwrap_or(0)).collect();
        cells().map(|cell| lined_up(cell, &widths, color)).collect()
    }
}

fn lined_up(cell: &[Piece], widths: &[usize], color: bool) -> String {
    let missing = Piece::default();
    let pieces = widths.iter().enumerate().map(|(p, width)| {
        let piece = cell.get(p).unwrap_or(&missing);
        let room = " ".repeat(width - measure(&piece.text));
        let text = piece.tone.paint(&piece.text, color);
        if piece.right { room + &text } else { text + &room }
    });
    pieces.collect::<Vec<_>>().join(" ")
}

/// Sets alignment and spacing, and draws.
fn finish(mut table: Table) -> String {
    table.load_style(STYLE).force_no_tty();
    table.set_content_arrangement(ContentArrangement::Disabled);
    for (index, column) in table.column_iter_mut().enumerate() {
        if index == 0 {
            column.set_padding((0, 0));
        } else {
            // The table itself leaves one more space between columns.
            column.set_padding((GAP - 1, 0));
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table.to_string()
}

/// `text` broken at spaces into lines of at most `width` characters; lines after the first begin
/// with `indent`. A single longer word stays whole.
pub(super) fn wrapped(text: &str, width: usize, indent: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut() {
            None => lines.push(word.to_owned()),
            Some(line) if measure(line) + 1 + measure(word) <= width || line.trim().is_empty() => {
                line.push(' ');
                line.push_str(word);
            }
            Some(_) => lines.push(format!("{indent}{word}")),
        }
    }
    lines.join("\n")
}

fn column_width(head: &str, cells: &[String]) -> usize {
    cells.iter().map(|cell| measure(cell)).chain([measure(head)]).max().unwrap_or(0)
}

/// Columns that `text` takes on a terminal.
fn measure(text: &str) -> usize {
    if text.is_empty() {
        return 0;
    }
    let mut table = Table::new();
    table.add_row([Cell::new(text)]);
    table.column_max_content_widths().first().map_or(0, |width| usize::from(*width))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrapping_keeps_words_and_the_first_indent() {
        assert_eq!(wrapped("the interval includes 0", 13, ""), "the interval\nincludes 0");
        assert_eq!(wrapped("↓ Time without a car", 10, "  "), "↓ Time\n  without\n  a car");
        assert_eq!(wrapped("  Messages", 4, "  "), "  Messages");
        assert_eq!(wrapped("", 4, "  "), "");
    }

    #[test]
    fn pieces_line_up_with_and_without_colour() {
        let piece = |text: &str, right| Piece { text: text.into(), right, tone: Tone::Good };
        let rows = vec![
            ("a".to_owned(), vec![vec![piece("1", true), piece("xyz", false)]]),
            ("b".to_owned(), vec![vec![piece("100", true)]]),
        ];
        let grid = Grid { values: "v".into(), columns: vec!["p".into()], rows };
        assert_eq!(grid.render(40, false), "          p\n───────────\na     1 xyz\nb   100\n");
        let green = grid.render(40, true);
        assert!(green.contains("a     \u{1b}[32m1\u{1b}[0m \u{1b}[32mxyz\u{1b}[0m\n"), "{green}");
    }

    #[test]
    fn a_grid_of_nothing_is_only_a_header() {
        let grid = Grid { values: "mean".into(), columns: vec!["p".into()], rows: vec![] };
        assert_eq!(grid.render(0, false).lines().count(), 2);
    }
}
