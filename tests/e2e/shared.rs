//! The data beside the repository: real networks, photographs, what they were measured to give, hostile files.

use std::path::{Path, PathBuf};

/// The folder with the data; `None`, with its reason told, where it is not.
pub(crate) fn data() -> Option<PathBuf> {
    let shared = std::env::var_os("NEOCOG_SHARED").filter(|shared| !shared.is_empty());
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join(shared.unwrap_or_else(|| "../shared".into())).join("data");
    if data.is_dir() {
        return Some(data);
    }
    // Not a fault of this machine: the data is no part of the repository.
    println!("skipped: {} is not there", data.display());
    None
}

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
