//! Bars and stripes (MacKay 2003): pictures in which whole rows or whole columns are on. All of them are known, so that a machine's
//! distribution can be compared with theirs exactly.

/// Each pattern once, `side · side` units, rows first: `2 · 2^side - 2` of them.
pub fn bars_and_stripes(side: usize) -> Vec<Vec<u8>> {
    let lines = 0..1_u32 << side;
    let bit = |lines: u32, at: usize| (lines >> at & 1) as u8;
    let rows = lines.clone().map(|on| (0..side * side).map(|at| bit(on, at / side)).collect());
    // Those with all or no rows on were there already.
    let full = (1 << side) - 1;
    let columns =
        lines.filter(|on| *on != 0 && *on != full).map(|on| (0..side * side).map(|at| bit(on, at % side)).collect());
    rows.chain(columns).collect()
}
