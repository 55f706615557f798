// What goes where, as lists: for each place the first source that goes there, then for each source the next one that goes where
// it went; LEN where there is none. Twin: src/graph/op/scatter_add.rs
// ids [outer, LEN, INNER] → y [outer, EXTENT + LEN, INNER]; an index beyond the end is the last place's.

const COUNT: u32 = 8u;
const EXTENT: u32 = 4u;
const LEN: u32 = 3u;
const INNER: u32 = 1u;
// Invocations that share the places of one list.
const PARTS: u32 = 2u;

const SHARE: u32 = (EXTENT + PARTS - 1u) / PARTS;

@group(0) @binding(0) var<storage, read_write> y: array<u32>;
@group(0) @binding(1) var<storage, read> ids: array<u32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = id.x + id.y * groups.x * 64u;
    if i >= COUNT {
        return;
    }
    let first = i / INNER % PARTS * SHARE;
    let end = min(first + SHARE, EXTENT);
    let outer = i / (INNER * PARTS);
    let first_source = outer * LEN * INNER + i % INNER;
    let heads = outer * (EXTENT + LEN) * INNER + i % INNER;
    let links = heads + EXTENT * INNER;
    for (var at = first; at < end; at++) {
        y[heads + at * INNER] = LEN;
    }
    // From the last: each becomes the head of its list.
    for (var k = LEN; k > 0u; k--) {
        let source = k - 1u;
        let at = min(ids[first_source + source * INNER], EXTENT - 1u);
        if at >= first && at < end {
            y[links + source * INNER] = y[heads + at * INNER];
            y[heads + at * INNER] = source;
        }
    }
}
