//! Tables of what networks were measured to give.

use std::path::Path;

/// Rows of a table with a head line, by column name.
pub(crate) struct Table {
    head: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Table {
    pub(crate) fn read(file: &Path) -> Self {
        let text = std::fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let mut lines = text.lines().map(|line| line.split('\t').map(String::from).collect::<Vec<_>>());
        Self { head: lines.next().unwrap(), rows: lines.collect() }
    }

    pub(crate) fn column(&self, name: &str) -> Vec<&str> {
        let place = self.head.iter().position(|column| column == name).unwrap_or_else(|| panic!("no column {name}"));
        self.rows.iter().map(|row| row[place].as_str()).collect()
    }

    /// The cell of the row whose first column is `key`.
    pub(crate) fn cell(&self, key: &str, column: &str) -> &str {
        let row = self.rows.iter().position(|row| row[0] == key).unwrap_or_else(|| panic!("no row {key}"));
        self.column(column)[row]
    }
}
