//! Threefry-2x32: random numbers as a function of key and counter (Salmon, Moraes, Dror & Shaw 2011, "Parallel random
//! numbers: as easy as 1, 2, 3"). Additions, rotations and exclusive ors alone: the same bits on every device. Twins: the
//! functions `threefry` of the shaders that draw.

/// Rotations of eight rounds; they repeat.
const ROTATIONS: [[u32; 4]; 2] = [[13, 15, 26, 6], [17, 29, 16, 24]];
/// Keeps an all-zero key from being one of its own subkeys: Skein's constant.
const PARITY: u32 = 0x1BD1_1BDA;

/// Twenty rounds: two random words.
#[inline]
pub fn threefry2x32(key: [u32; 2], counter: [u32; 2]) -> [u32; 2] {
    let keys = [key[0], key[1], PARITY ^ key[0] ^ key[1]];
    let mut x = [counter[0].wrapping_add(keys[0]), counter[1].wrapping_add(keys[1])];
    for group in 0..5 {
        for rotation in ROTATIONS[group % 2] {
            x[0] = x[0].wrapping_add(x[1]);
            x[1] = x[1].rotate_left(rotation) ^ x[0];
        }
        let next = group + 1;
        x[0] = x[0].wrapping_add(keys[next % 3]);
        x[1] = x[1].wrapping_add(keys[(next + 1) % 3]).wrapping_add(next as u32);
    }
    x
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Known answers of the paper's own implementation, Random123 (`kat_vectors`, threefry2x32 with 20 rounds).
    #[test]
    fn known_answers() {
        let rows = [
            ([0, 0], [0, 0], [0x6B20_0159, 0x99BA_4EFE]),
            ([u32::MAX; 2], [u32::MAX; 2], [0x1CB9_96FC, 0xBB00_2BE7]),
            ([0x1319_8A2E, 0x0370_7344], [0x243F_6A88, 0x85A3_08D3], [0xC492_3A9C, 0x483D_F7A0]),
        ];
        for (key, counter, want) in rows {
            assert_eq!(threefry2x32(key, counter), want);
        }
    }
}
