//! Files of formats that are not read here, told by their first bytes, or by their ending where bytes say too little: a good file
//! of another kind is not a damaged one.

use super::DataError;

/// What a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds {
    Picture,
    Network,
    Other,
}

/// Where, which bytes, the format's name, what such a file holds.
const SIGNATURES: &[(usize, &[u8], &str, Holds)] = &[
    (0, b"%PDF", "PDF", Holds::Other),
    (0, b"8BPS", "PSD", Holds::Picture),
    (0, b"\0\0\0\x0cjP  ", "JPEG 2000", Holds::Picture),
    (4, b"ftypcrx ", "CR3", Holds::Picture),
    (4, b"ftyp", "MP4", Holds::Other),
    (0, b"\x1aE\xdf\xa3", "WebM", Holds::Other),
    (8, b"AVI ", "AVI", Holds::Other),
    (8, b"WAVE", "WAV", Holds::Other),
    (0, b"ID3", "MP3", Holds::Other),
    (0, b"Rar!", "RAR", Holds::Other),
    (0, b"7z\xbc\xaf", "7z", Holds::Other),
    (0, b"\x1f\x8b", "gzip", Holds::Other),
    (257, b"ustar", "tar", Holds::Other),
    (0, b"\x93NUMPY", "NumPy", Holds::Other),
    (0, b"PAR1", "Parquet", Holds::Other),
    (4, b"TFL3", "TFLite", Holds::Network),
    (0, b"\x89HDF", "HDF5", Holds::Network),
    (0, b"GGUF", "GGUF", Holds::Network),
];

/// Endings of networks whose first bytes are nothing of their own.
const ENDINGS: &[(&str, &str)] = &[
    (".onnx", "ONNX"),
    (".pth", "PyTorch"),
    (".pt", "PyTorch"),
    (".ckpt", "PyTorch"),
    (".tflite", "TFLite"),
    (".h5", "HDF5"),
    (".keras", "Keras"),
    (".pb", "TensorFlow"),
    (".mlmodel", "Core ML"),
];

/// How far a text is looked at.
const TEXT_BYTES: usize = 512;

/// The format of a file that is known but not read, and what it holds; `None` where nothing is known.
pub fn foreign(file: &str, bytes: &[u8]) -> Option<(&'static str, Holds)> {
    let lower = file.to_ascii_lowercase();
    let ending = ENDINGS.iter().find(|(ending, _)| lower.ends_with(ending)).map(|(_, format)| *format);
    if bytes.starts_with(b"PK\x03\x04") {
        // PyTorch's archive begins with its pickle, whose name stands behind 30 bytes of header.
        let is_pickled =
            bytes.iter().take(120).collect::<Vec<_>>().windows(4).any(|at| at == [&b'.', &b'p', &b'k', &b'l']);
        return Some(match ending {
            Some(format) => (format, Holds::Network),
            None if is_pickled => ("PyTorch", Holds::Network),
            None => ("ZIP", Holds::Other),
        });
    }
    let known = SIGNATURES.iter().find(|(at, magic, ..)| bytes.get(*at..).is_some_and(|rest| rest.starts_with(magic)));
    if let Some((_, _, format, holds)) = known {
        return Some((format, *holds));
    }
    if let Some(text) = text_of(bytes) {
        return Some(text);
    }
    match (ending, bytes) {
        (Some(format), _) => Some((format, Holds::Network)),
        // Python's pickle; old files of PyTorch are one with a number of their own.
        (None, [0x80, 2, 0x8a, 0x0a, ..]) => Some(("PyTorch", Holds::Network)),
        (None, [0x80, 2..=5, ..]) => Some(("pickle", Holds::Other)),
        // A protocol buffer whose first field is ONNX's version, and whose second the name of a program or the graph.
        (None, [8, 1..=20, 0x12 | 0x1a | 0x3a, ..]) => Some(("ONNX", Holds::Network)),
        _ => None,
    }
}

/// UTF-8 or UTF-16 with its mark, without control characters.
fn text_of(bytes: &[u8]) -> Option<(&'static str, Holds)> {
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return Some(("TXT", Holds::Other));
    }
    let head = &bytes[..bytes.len().min(TEXT_BYTES)];
    let text = match std::str::from_utf8(head) {
        Ok(text) => text,
        // A letter that the cut divides.
        Err(error) if error.error_len().is_none() => std::str::from_utf8(&head[..error.valid_up_to()]).ok()?,
        Err(_) => return None,
    };
    if text.is_empty() || text.bytes().any(|byte| byte < b' ' && !matches!(byte, b'\t' | b'\n' | b'\r' | 0x0c)) {
        return None;
    }
    let has = |word: &str| text.as_bytes().windows(word.len()).any(|at| at.eq_ignore_ascii_case(word.as_bytes()));
    Some(match () {
        () if has("<svg") => ("SVG", Holds::Picture),
        () if has("<html") || has("<!doctype") => ("HTML", Holds::Other),
        () if text.starts_with("version https://git-lfs") => ("Git LFS", Holds::Other),
        () => ("TXT", Holds::Other),
    })
}

/// What is said of a file whose first bytes are not those of a picture.
pub(super) fn refusal(file: &str, bytes: &[u8]) -> DataError {
    let file_name = || file.to_owned();
    match foreign(file, bytes) {
        Some((format, holds)) => DataError::Foreign { file: file_name(), format, holds },
        None => DataError::NotAPicture { file: file_name() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_told_by_bytes_and_else_by_endings() {
        let pytorch = [b"PK\x03\x04".as_slice(), &[0; 26], b"archive/data.pkl"].concat();
        type Told = Option<(&'static str, Holds)>;
        let cases: [(&str, &[u8], Told); 16] = [
            ("a", b"%PDF-1.7", Some(("PDF", Holds::Other))),
            ("a.jpg", b"just words", Some(("TXT", Holds::Other))),
            ("a.png", "Größe\n".as_bytes(), Some(("TXT", Holds::Other))),
            ("a.safetensors", b"version https://git-lfs.github.com/spec/v1\n", Some(("Git LFS", Holds::Other))),
            ("a.safetensors", b"<!DOCTYPE html><title>", Some(("HTML", Holds::Other))),
            ("a", b"<?xml version=\"1.0\"?><svg xmlns=", Some(("SVG", Holds::Picture))),
            ("a", &pytorch, Some(("PyTorch", Holds::Network))),
            ("model.pt", b"PK\x03\x04rest", Some(("PyTorch", Holds::Network))),
            ("a", b"PK\x03\x04rest", Some(("ZIP", Holds::Other))),
            ("a", b"\x80\x02\x8a\x0al\xfc\x9c", Some(("PyTorch", Holds::Network))),
            ("data_batch_1", b"\x80\x03}q\0", Some(("pickle", Holds::Other))),
            ("model", b"\x08\x08\x12\x07pytorch", Some(("ONNX", Holds::Network))),
            ("model.onnx", b"\x01\x02\x03", Some(("ONNX", Holds::Network))),
            ("a", b"\x1c\0\0\0TFL3", Some(("TFLite", Holds::Network))),
            ("a", b"\0\0\0\x20ftypisom", Some(("MP4", Holds::Other))),
            ("a.jpg", b"\x01\x02\x03", None),
        ];
        for (file, bytes, wanted) in cases {
            assert_eq!(foreign(file, bytes), wanted, "{file} {bytes:?}");
        }
        // A letter cut in two by the end of what is looked at.
        let long = ["x".repeat(TEXT_BYTES - 1), "ö".to_owned()].concat();
        assert_eq!(foreign("a", long.as_bytes()), Some(("TXT", Holds::Other)));
    }
}
