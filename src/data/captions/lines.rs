//! A caption on each line: Flickr8k's tokens, and tables with tabs.

use super::{CaptionLine, part_from};
use crate::data::DataError;
use crate::data::dataset::Part;

/// Names of columns, in lower case.
const PICTURE: &[&str] = &["file", "filename", "file_name", "image", "image_name", "picture", "name", "path"];
const SENTENCE: &[&str] = &["caption", "sentence", "text", "comment", "description"];
const PART: &[&str] = &["split", "part", "set"];

/// Where the fields of a line are.
struct Columns {
    picture: usize,
    sentence: usize,
    part: Option<usize>,
    count: usize,
}

impl Columns {
    /// Of a first line that names them.
    fn named(line: &str) -> Option<Self> {
        let names: Vec<String> = line.split('\t').map(|name| name.trim().to_lowercase()).collect();
        let find = |known: &[&str]| names.iter().position(|name| known.contains(&name.as_str()));
        Some(Self { picture: find(PICTURE)?, sentence: find(SENTENCE)?, part: find(PART), count: names.len() })
    }

    const PLAIN: Self = Self { picture: 0, sentence: 1, part: None, count: 2 };
}

/// `first` is how many bytes of the file come before `text`.
pub(super) fn captions_from(file: &str, text: &str, first: usize) -> Result<Vec<CaptionLine>, DataError> {
    let mut captions = Vec::new();
    let mut columns: Option<Columns> = None;
    let mut offset = first;
    for whole in text.split_inclusive('\n') {
        let at = offset;
        offset += whole.len();
        let line = whole.trim_end_matches(['\n', '\r']);
        if line.trim().is_empty() {
            continue;
        }
        let columns = match &columns {
            Some(columns) => columns,
            None => match Columns::named(line) {
                Some(named) => {
                    columns = Some(named);
                    continue;
                }
                None => columns.insert(Columns::PLAIN),
            },
        };
        captions.push(caption(file, line, columns, at)?);
    }
    Ok(captions)
}

fn caption(file: &str, line: &str, columns: &Columns, at: usize) -> Result<CaptionLine, DataError> {
    let fields: Vec<&str> = line.split('\t').collect();
    if fields.len() != columns.count {
        let wanted = format_args!("{} columns, as the first line names them", columns.count);
        let plain = format_args!("a picture's name, a tab and its caption");
        let wanted = if columns.count == 2 && columns.part.is_none() { plain } else { wanted };
        let found = match fields.len() {
            1 => format!("the line “{}” without a tab", shortened(line)),
            count => format!("{count} columns"),
        };
        return Err(DataError::unexpected(file, at, wanted, format_args!("{found}")));
    }
    let picture = without_number(fields[columns.picture].trim());
    if picture.is_empty() {
        return Err(DataError::unexpected(file, at, format_args!("a picture's name"), format_args!("none")));
    }
    let part = columns.part.map(|part| part_of(file, fields[part], at)).transpose()?;
    Ok(CaptionLine { picture: picture.replace('\\', "/"), sentence: fields[columns.sentence].trim().to_owned(), part })
}

fn part_of(file: &str, word: &str, at: usize) -> Result<Part, DataError> {
    let other = || DataError::unexpected(file, at, format_args!("train, val or test"), format_args!("“{word}”"));
    part_from(word).ok_or_else(other)
}

/// Flickr8k counts the captions of a picture: `name.jpg#0`.
fn without_number(name: &str) -> &str {
    match name.rsplit_once('#') {
        Some((name, number)) if !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => name,
    }
}

fn shortened(line: &str) -> String {
    let short: String = line.chars().take(40).collect();
    if short.len() < line.len() { format!("{short}…") } else { short }
}
