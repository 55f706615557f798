//! One NumPy array (NEP 1, "A simple file format for NumPy arrays", versions 1 to 3).

use std::fmt::Arguments;

use crate::data::{DataError, dataset::LIMIT_BYTES};

pub(super) const MAGIC: &[u8] = b"\x93NUMPY";
/// No array of examples has a longer header.
const MOST_HEADER_BYTES: usize = 1 << 16;
/// Of a class's name.
const MOST_CHARACTERS: usize = 1_000;

/// The types that data sets come in, little endian or of one byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Dtype {
    number: Number,
    bytes: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Number {
    Unsigned,
    Signed,
    Float,
    /// Characters of four bytes.
    Text,
}

impl Dtype {
    pub(super) const U8: Self = Self { number: Number::Unsigned, bytes: 1 };

    fn of(descr: &str) -> Option<Self> {
        let (number, digit) = match *descr.as_bytes() {
            [b'|', b'b', digit @ b'1'] | [b'|', b'u', digit @ b'1'] => (Number::Unsigned, digit),
            [b'|', b'i', digit @ b'1'] => (Number::Signed, digit),
            [b'<', b'u', digit @ (b'1' | b'2' | b'4' | b'8')] => (Number::Unsigned, digit),
            [b'<', b'i', digit @ (b'1' | b'2' | b'4' | b'8')] => (Number::Signed, digit),
            [b'<', b'f', digit @ (b'2' | b'4' | b'8')] => (Number::Float, digit),
            _ => return None,
        };
        Some(Self { number, bytes: usize::from(digit - b'0') })
    }

    fn of_text(descr: &str) -> Option<Self> {
        let characters =
            descr.strip_prefix("<U")?.parse().ok().filter(|count| (1..=MOST_CHARACTERS).contains(count))?;
        Some(Self { number: Number::Text, bytes: 4 * characters })
    }

    pub(super) fn is_float(self) -> bool {
        self.number == Number::Float
    }
}

/// An array whose length was checked against its shape.
pub(super) struct Array<'a> {
    pub(super) dtype: Dtype,
    pub(super) shape: Vec<usize>,
    pub(super) bytes: &'a [u8],
    /// Bytes before the first element.
    start: usize,
}

impl Array<'_> {
    /// The offset of an element in the file.
    pub(super) fn offset(&self, element: usize) -> usize {
        self.start + element * self.dtype.bytes
    }

    /// Every element as f64, which holds all labels and pixels exactly.
    pub(super) fn values(&self) -> impl Iterator<Item = f64> {
        let Dtype { number, bytes } = self.dtype;
        self.bytes.chunks_exact(bytes).map(move |element| {
            let mut wide = [0; 8];
            wide[..element.len()].copy_from_slice(element);
            let bits = u64::from_le_bytes(wide);
            match number {
                Number::Unsigned | Number::Text => bits as f64,
                // The sign's bit to the top, and back.
                Number::Signed => ((bits << (64 - 8 * bytes)).cast_signed() >> (64 - 8 * bytes)) as f64,
                Number::Float if bytes == 2 => half::f16::from_bits(bits as u16).to_f64(),
                Number::Float if bytes == 4 => f64::from(f32::from_bits(bits as u32)),
                Number::Float => f64::from_bits(bits),
            }
        })
    }
}

/// # Errors
/// [`DataError::Truncated`], [`DataError::Unexpected`] for another type, order or length, [`DataError::NoExamples`] for an
/// array of nothing.
pub(super) fn parse<'a>(file: &str, bytes: &'a [u8]) -> Result<Array<'a>, DataError> {
    read(file, bytes, "whole numbers or floats of 1 to 8 bytes, little endian", Dtype::of)
}

/// An array of texts.
///
/// # Errors
/// As of [`parse`].
pub(super) fn texts(file: &str, bytes: &[u8]) -> Result<Vec<String>, DataError> {
    let array = read(file, bytes, "texts", Dtype::of_text)?;
    let text = |element: &[u8]| {
        let characters = element.chunks_exact(4).map(|four| u32::from_le_bytes([four[0], four[1], four[2], four[3]]));
        let written = characters.take_while(|&character| character != 0);
        written.map(|character| char::from_u32(character).unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
    };
    Ok(array.bytes.chunks_exact(array.dtype.bytes).map(text).collect())
}

fn read<'a>(
    file: &str,
    bytes: &'a [u8],
    wanted: &str,
    dtype_of: fn(&str) -> Option<Dtype>,
) -> Result<Array<'a>, DataError> {
    let wrong =
        |offset, expected: Arguments<'_>, found: Arguments<'_>| DataError::unexpected(file, offset, expected, found);
    let truncated = |needed: u64| DataError::truncated(file, needed, bytes);
    let Some(head) = bytes.get(..10) else { return Err(truncated(10)) };
    if !head.starts_with(MAGIC) || !(1..=3).contains(&head[6]) {
        return Err(wrong(0, format_args!("a NumPy array of version 1 to 3"), format_args!("{:02x?}", &head[..7])));
    }
    let (start, length) = match head[6] {
        1 => (10, usize::from(u16::from_le_bytes([head[8], head[9]]))),
        _ => {
            let length = bytes.get(8..12).ok_or_else(|| truncated(12))?;
            (12, u32::from_le_bytes([length[0], length[1], length[2], length[3]]) as usize)
        }
    };
    if length > MOST_HEADER_BYTES {
        return Err(wrong(8, format_args!("a header of at most {MOST_HEADER_BYTES} bytes"), format_args!("{length}")));
    }
    let header = bytes.get(start..start + length).ok_or_else(|| truncated((start + length) as u64))?;
    let header = String::from_utf8_lossy(header);
    let descr = text_of(&header, "descr").unwrap_or_default();
    let Some(dtype) = dtype_of(descr) else {
        return Err(wrong(start, format_args!("{wanted}"), format_args!("descr '{descr}'")));
    };
    if value_of(&header, "fortran_order").is_none_or(|order| !order.starts_with("False")) {
        return Err(wrong(start, format_args!("rows first ('fortran_order': False)"), format_args!("columns first")));
    }
    let Some(shape) = shape_of(&header) else {
        return Err(wrong(start, format_args!("a shape"), format_args!("{}", header.trim())));
    };
    let needed = shape.iter().try_fold(dtype.bytes as u64, |bytes, &dim| bytes.checked_mul(dim as u64));
    // Eight bytes for each element, which become one.
    let Some(needed) = needed.filter(|&bytes| bytes <= 8 * LIMIT_BYTES) else {
        return Err(wrong(start, format_args!("a shape of at most {LIMIT_BYTES} elements"), format_args!("{shape:?}")));
    };
    let start = start + length;
    let data = &bytes[start..];
    let found = data.len() as u64;
    if needed == 0 {
        return Err(DataError::no_examples(file));
    }
    if needed > found {
        return Err(truncated(start as u64 + needed));
    }
    if needed < found {
        let expected = format_args!("the end, for its shape is {shape:?}");
        return Err(wrong(start + needed as usize, expected, format_args!("{} bytes more", found - needed)));
    }
    Ok(Array { dtype, shape, bytes: data, start })
}

/// The value of a key of the header, which is a Python dictionary on one line.
fn value_of<'a>(header: &'a str, key: &str) -> Option<&'a str> {
    let at = header.find(&format!("'{key}'"))?;
    Some(header[at + key.len() + 2..].trim_start().strip_prefix(':')?.trim_start())
}

fn text_of<'a>(header: &'a str, key: &str) -> Option<&'a str> {
    value_of(header, key)?.strip_prefix('\'')?.split('\'').next()
}

fn shape_of(header: &str) -> Option<Vec<usize>> {
    let dims = value_of(header, "shape")?.strip_prefix('(')?.split(')').next()?;
    dims.split(',').map(str::trim).filter(|dim| !dim.is_empty()).map(|dim| dim.parse().ok()).collect()
}

/// An array of F32 as a file of version 1: the header ends where the elements may begin, at a multiple of 64 bytes.
pub fn npy_from(values: &[f32], shape: &[usize]) -> Vec<u8> {
    let dims: String = shape.iter().map(|dim| format!("{dim}, ")).collect();
    let dict = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({}), }}", dims.trim_end());
    let start = (MAGIC.len() + 4 + dict.len() + 1).next_multiple_of(64);
    let padded = start - MAGIC.len() - 4;
    let mut file = MAGIC.to_vec();
    file.extend_from_slice(&[1, 0]);
    file.extend_from_slice(&(padded as u16).to_le_bytes());
    file.extend_from_slice(format!("{dict:<width$}\n", width = padded - 1).as_bytes());
    file.extend(values.iter().flat_map(|value| value.to_le_bytes()));
    file
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let values = [0.0, -1.5, f32::MIN_POSITIVE, 1e30, 0.1, 255.0];
        for shape in [vec![6], vec![2, 3], vec![1, 3, 1, 2]] {
            let file = npy_from(&values, &shape);
            let array = parse("a.npy", &file).unwrap();
            let single = Dtype { number: Number::Float, bytes: 4 };
            assert_eq!((array.dtype, &array.shape, array.start % 64), (single, &shape, 0));
            assert!(array.values().eq(values.iter().map(|&value| f64::from(value))));
        }
    }
}
