//! Several files as one: the weights of a network may lie in a file and in others beside it.

use crate::nn::checkpoint::{FileBytes, KeptFile};
use std::sync::Arc;

struct Joined(Vec<FileBytes>);

/// These, one after another; none of them is copied.
#[expect(
    clippy::arc_with_non_send_sync,
    reason = "files that are kept are shared so, whether threads may have them or not"
)]
pub(super) fn joined(parts: Vec<FileBytes>) -> FileBytes {
    let len = parts.iter().map(FileBytes::len).sum();
    FileBytes::kept(Arc::new(Joined(parts)), len)
}

impl KeptFile for Joined {
    fn read_at(&self, at: u64, to: &mut [u8]) -> Result<(), String> {
        let (mut at, mut filled) = (at as usize, 0);
        for part in &self.0 {
            if at >= part.len() {
                at -= part.len();
                continue;
            }
            let read = part.read(at..at + (to.len() - filled))?;
            to[filled..filled + read.len()].copy_from_slice(&read);
            (at, filled) = (0, filled + read.len());
            if filled == to.len() {
                return Ok(());
            }
        }
        if filled == to.len() { Ok(()) } else { Err("it ends before that".to_owned()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_read_as_one() {
        let whole: Vec<u8> = (0..20).collect();
        let file = joined([0..7, 7..7, 7..8, 8..20].map(|range| whole[range].into()).to_vec());
        for start in 0..=20 {
            for end in start..=20 {
                assert_eq!(*file.read(start..end).unwrap(), whole[start..end]);
            }
        }
    }
}
