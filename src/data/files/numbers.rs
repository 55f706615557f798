//! Arrays of numbers from a file: NumPy's `.npy`, and tables of text (`.csv`, `.tsv`) with a row of pictures a line.

use super::npy;
use crate::data::DataError;

/// Numbers in rows, the last axis the fastest.
#[derive(Clone, Debug, PartialEq)]
pub struct NumberArray {
    pub shape: Vec<usize>,
    pub values: Vec<f64>,
}

/// # Errors
/// Those of `.npy` files, and [`DataError::Unexpected`] of a table whose rows differ in length or hold something else than numbers.
pub fn numbers_from(file: &str, bytes: &[u8]) -> Result<NumberArray, DataError> {
    if bytes.starts_with(npy::MAGIC) {
        let array = npy::parse(file, bytes)?;
        return Ok(NumberArray { values: array.values().collect(), shape: array.shape });
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let (expected, found) = (format_args!("a .npy array or a table of text"), format_args!("other bytes"));
        DataError::unexpected(file, error.valid_up_to(), expected, found)
    })?;
    let (mut values, mut columns, mut rows, mut offset) = (Vec::new(), 0, 0, 0);
    for (number, line) in text.split_inclusive('\n').enumerate() {
        let here = offset;
        offset += line.len();
        if line.trim().is_empty() {
            continue;
        }
        let cells: Vec<&str> = line.split([',', ';', '\t']).map(str::trim).collect();
        let read: Option<Vec<f64>> = cells.iter().map(|cell| cell.parse().ok()).collect();
        let Some(read) = read else {
            // Names of the columns.
            if rows == 0 && number == 0 {
                continue;
            }
            let found = cells.iter().find(|cell| cell.parse::<f64>().is_err()).copied().unwrap_or_default();
            let (expected, found) = (format_args!("numbers in line {}", number + 1), format_args!("“{found}”"));
            return Err(DataError::unexpected(file, here, expected, found));
        };
        if rows > 0 && read.len() != columns {
            let expected = format_args!("{columns} numbers in line {}", number + 1);
            return Err(DataError::unexpected(file, here, expected, format_args!("{}", read.len())));
        }
        (columns, rows) = (read.len(), rows + 1);
        values.extend(read);
    }
    if rows == 0 {
        return Err(DataError::no_examples(file));
    }
    Ok(NumberArray { shape: vec![rows, columns], values })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::files::npy_from;

    #[test]
    fn tables_and_arrays_are_read() {
        let table = numbers_from("a.csv", b"one,two\n1, 2.5\n-3,4e1\n").unwrap();
        assert_eq!((table.shape, table.values), (vec![2, 2], vec![1.0, 2.5, -3.0, 40.0]));
        let array = numbers_from("a.npy", &npy_from(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], &[1, 3, 2])).unwrap();
        assert_eq!((array.shape, array.values[4]), (vec![1, 3, 2], 5.0));
        for (bytes, part) in [
            (&b"1,2\n3\n"[..], "2 numbers in line 2"),
            (b"1,2\nx,3\n", "“x”"),
            (b"\xff\xfe", "a table of text"),
            (b"a,b\n", "no examples"),
        ] {
            let said = numbers_from("a.csv", bytes).unwrap_err().to_string();
            assert!(said.contains(part), "{said}");
        }
    }
}
