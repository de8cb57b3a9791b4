//! What is printed, and where: answers on standard output, everything else on standard error.

use std::io::{self, ErrorKind, IsTerminal, Write};

use alloy_primitives::U256;
use comfy_table::{CellAlignment, ContentArrangement, Table as Grid, presets};
use serde_json::Value;

/// The cells of a bar.
const BAR_WIDTH: u8 = 24;

/// An error that was told already: it only ends the program as a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Told;

impl std::fmt::Display for Told {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("told above")
    }
}

impl std::error::Error for Told {}

/// Where and how to print.
#[derive(Clone, Copy, Debug)]
pub struct Output {
    json: bool,
    styled: bool,
}

impl Output {
    /// For people, or one JSON value for machines.
    pub fn new(json: bool) -> Self {
        let styled = !json && io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
        Self { json, styled }
    }

    /// Whether a machine reads the answer.
    pub fn is_json(&self) -> bool {
        self.json
    }

    /// A line of the answer, for people only.
    pub fn line(&self, text: impl AsRef<str>) {
        if !self.json {
            print(text.as_ref());
        }
    }

    /// A line that begins a part of the answer, for people only.
    pub fn heading(&self, text: impl AsRef<str>) {
        let text = text.as_ref();
        if self.styled {
            self.line(format!("\x1b[1m{text}\x1b[0m"));
        } else {
            self.line(text);
        }
    }

    /// A table, for people only.
    pub fn table(&self, table: &Table) {
        if !self.json {
            print(&table.to_string());
        }
    }

    /// The whole answer, for machines only.
    pub fn finish(&self, value: &Value) {
        if self.json {
            print(&value.to_string());
        }
    }

    /// A line about what is going on, on standard error.
    pub fn progress(&self, text: impl AsRef<str>) {
        // Who has closed standard error does not want to know.
        let _ = writeln!(io::stderr(), "{}", text.as_ref());
    }
}

/// Prints a line. A reader that has gone away (`| head`) ends the program as it ends others.
fn print(text: &str) {
    if let Err(error) = writeln!(io::stdout(), "{text}") {
        std::process::exit(i32::from(error.kind() != ErrorKind::BrokenPipe));
    }
}

/// How the cells of a column stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    /// Words.
    Left,
    /// Numbers.
    Right,
}

/// Rows of text in columns.
#[derive(Debug)]
pub struct Table {
    grid: Grid,
    columns: Vec<Column>,
}

impl Table {
    /// An empty table with these headings.
    pub fn new(columns: &[(&str, Column)]) -> Self {
        let mut grid = Grid::new();
        grid.load_preset(presets::NOTHING)
            .set_content_arrangement(ContentArrangement::Disabled)
            .set_header(columns.iter().map(|(heading, _)| *heading));
        Self {
            grid,
            columns: columns.iter().map(|(_, column)| *column).collect(),
        }
    }

    /// Adds a row.
    pub fn row<T: Into<String>>(&mut self, cells: impl IntoIterator<Item = T>) {
        self.grid.add_row(cells.into_iter().map(Into::into));
    }

    /// Whether it has no rows.
    pub fn is_empty(&self) -> bool {
        self.grid.is_empty()
    }
}

impl std::fmt::Display for Table {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut grid = self.grid.clone();
        for (column, kind) in grid.column_iter_mut().zip(&self.columns) {
            column.set_padding((1, 2));
            if *kind == Column::Right {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        let lines: Vec<String> = grid.lines().map(|line| line.trim_end().to_owned()).collect();
        f.write_str(&lines.join("\n"))
    }
}

/// A bar as long as `part` is of `whole`, for levels and schedules: empty for nothing, full at most.
pub fn bar(part: U256, whole: U256) -> String {
    let width = U256::from(BAR_WIDTH);
    let eighths = part
        .min(whole)
        .checked_mul(width * U256::from(8))
        .and_then(|scaled| scaled.checked_div(whole))
        .map_or(0, |eighths| eighths.to::<usize>());
    let rest = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"][eighths % 8];
    format!("{}{rest}", "█".repeat(eighths / 8))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_as_long_as_their_part() {
        let bar_of = |part: u64, whole: u64| bar(U256::from(part), U256::from(whole));
        assert_eq!(bar_of(0, 10), "");
        assert_eq!(bar_of(10, 10), "█".repeat(24));
        assert_eq!(bar_of(20, 10), "█".repeat(24));
        assert_eq!(bar_of(5, 10), "█".repeat(12));
        assert_eq!(bar_of(1, 48), "▌");
        assert_eq!(bar_of(1, 0), "");
        assert_eq!(bar(U256::MAX, U256::MAX), "", "what overflows has no length");
    }

    #[test]
    fn tables_align_their_columns() {
        let mut table = Table::new(&[("token", Column::Left), ("amount", Column::Right)]);
        assert!(table.is_empty());
        table.row(["USDai", "1.0000"]);
        table.row(["wM", "1,000.0000"]);
        assert_eq!(
            table.to_string(),
            " token       amount\n USDai       1.0000\n wM      1,000.0000"
        );
    }
}
