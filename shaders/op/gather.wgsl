// Elements or whole slices picked along one dimension. Bits are copied: any 4-byte type. Twin: src/graph/op/gather.rs
// x [outer, EXTENT, INNER], ids [outer, LEN, INNER], or [LEN] for slices → y [outer, LEN, INNER]; an index beyond the end picks
// the last.

const COUNT: u32 = 6u;
const EXTENT: u32 = 4u;
const LEN: u32 = 3u;
const INNER: u32 = 1u;
const PER_ELEMENT: u32 = 1u;

@group(0) @binding(0) var<storage, read_write> y: array<u32>;
@group(0) @binding(1) var<storage, read> x: array<u32>;
@group(0) @binding(2) var<storage, read> ids: array<u32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = id.x + id.y * groups.x * 64u;
    if i >= COUNT {
        return;
    }
    let at = min(ids[select(i / INNER % LEN, i, PER_ELEMENT == 1u)], EXTENT - 1u);
    y[i] = x[(i / (LEN * INNER) * EXTENT + at) * INNER + i % INNER];
}
