//! Tables of captions: Flickr8k's tokens, columns between tabs, and between commas, semicolons or bars, with quotes.

use super::{CaptionLine, part_from};
use crate::data::DataError;
use crate::data::dataset::Part;

/// Names of columns, in lower case.
const PICTURE: &[&str] =
    &["file", "filename", "file_name", "image", "image_name", "image_path", "img", "picture", "name", "path"];
const SENTENCE: &[&str] = &["caption", "captions", "sentence", "text", "comment", "description"];
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
    fn named(fields: &[String]) -> Option<Self> {
        let names: Vec<String> = fields.iter().map(|name| name.trim().to_lowercase()).collect();
        let find = |known: &[&str]| names.iter().position(|name| known.contains(&name.as_str()));
        Some(Self { picture: find(PICTURE)?, sentence: find(SENTENCE)?, part: find(PART), count: names.len() })
    }

    const PLAIN: Self = Self { picture: 0, sentence: 1, part: None, count: 2 };
}

/// What stands between two fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Separator(char);

impl Separator {
    const TAB: Self = Self('\t');

    /// By the first line: one that names columns, or begins with a picture's name; a tab where none does.
    fn of(text: &str) -> Self {
        let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
        let fits = |separator: &Self| {
            let fields = separator.record(first).1;
            let is_picture = |name: &str| {
                let ending = without_number(name.trim()).rsplit_once('.').map(|(_, ending)| ending.to_lowercase());
                ending.is_some_and(|ending| ["jpg", "jpeg", "png", "webp", "gif", "bmp"].contains(&ending.as_str()))
            };
            Columns::named(&fields).is_some() || fields.len() > 1 && is_picture(&fields[0])
        };
        let others = [Self(','), Self(';'), Self('|')];
        if first.contains('\t') { Self::TAB } else { others.into_iter().find(fits).unwrap_or(Self::TAB) }
    }

    /// The first record of a text: its length in bytes and its fields. Quotes hold separators, line ends and, doubled, quotes
    /// (RFC 4180); between tabs they are what they are.
    fn record(self, text: &str) -> (usize, Vec<String>) {
        let mut fields = vec![String::new()];
        let (mut quoted, mut fresh) = (false, true);
        let mut letters = text.char_indices().peekable();
        while let Some((at, letter)) = letters.next() {
            let field = fields.len() - 1;
            match letter {
                '"' if quoted && letters.next_if(|(_, next)| *next == '"').is_some() => fields[field].push('"'),
                '"' if quoted => quoted = false,
                '"' if fresh && self != Self::TAB => {
                    quoted = true;
                    fresh = false;
                }
                '\n' if !quoted => return (at + 1, fields),
                _ if letter == self.0 && !quoted => {
                    fields.push(String::new());
                    fresh = true;
                }
                _ => {
                    fields[field].push(letter);
                    fresh = false;
                }
            }
        }
        (text.len(), fields)
    }
}

/// All captions of a table.
pub(super) fn captions_from(file: &str, text: &str) -> Result<Vec<CaptionLine>, DataError> {
    let separator = Separator::of(text);
    let mut captions = Vec::new();
    let mut columns: Option<Columns> = None;
    let mut at = 0;
    while at < text.len() {
        let (length, mut fields) = separator.record(&text[at..]);
        let start = at;
        at += length;
        if let Some(last) = fields.last_mut() {
            last.truncate(last.trim_end_matches('\r').len());
        }
        if fields.iter().all(|field| field.trim().is_empty()) {
            continue;
        }
        let columns = match &columns {
            Some(columns) => columns,
            None => match Columns::named(&fields) {
                Some(named) => {
                    columns = Some(named);
                    continue;
                }
                None => columns.insert(Columns::PLAIN),
            },
        };
        captions.push(caption(file, separator, fields, columns, start)?);
    }
    Ok(captions)
}

fn caption(
    file: &str,
    separator: Separator,
    mut fields: Vec<String>,
    columns: &Columns,
    at: usize,
) -> Result<CaptionLine, DataError> {
    // A sentence in the last column may hold commas though nobody quoted it.
    if separator != Separator::TAB && fields.len() > columns.count && columns.sentence + 1 == columns.count {
        let rest = fields.split_off(columns.sentence);
        fields.push(rest.join(&separator.0.to_string()));
    }
    if fields.len() != columns.count {
        let wanted = format_args!("{} columns, as the first line names them", columns.count);
        let plain = format_args!("a picture's name, a tab and its caption");
        let wanted = if columns.count == 2 && columns.part.is_none() { plain } else { wanted };
        let found = match fields.as_slice() {
            [line] => format!("the line “{}” without a tab", shortened(line)),
            _ => format!("{} columns", fields.len()),
        };
        return Err(DataError::unexpected(file, at, wanted, format_args!("{found}")));
    }
    let picture = without_number(fields[columns.picture].trim());
    if picture.is_empty() {
        return Err(DataError::unexpected(file, at, format_args!("a picture's name"), format_args!("none")));
    }
    let part = columns.part.map(|part| part_of(file, &fields[part], at)).transpose()?;
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
