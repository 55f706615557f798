// Whole slices picked along one dimension. Bits are copied: any 4-byte type. Twin: src/graph/op/index_select.rs
// x [outer, EXTENT, INNER], ids [LEN] → y [outer, LEN, INNER]; an index beyond the end picks the last slice.

const COUNT: u32 = 12u;
const EXTENT: u32 = 4u;
const LEN: u32 = 3u;
const INNER: u32 = 2u;

@group(0) @binding(0) var<storage, read_write> y: array<u32>;
@group(0) @binding(1) var<storage, read> x: array<u32>;
@group(0) @binding(2) var<storage, read> ids: array<u32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = id.x + id.y * groups.x * 64u;
    if i >= COUNT {
        return;
    }
    let at = min(ids[i / INNER % LEN], EXTENT - 1u);
    y[i] = x[(i / (LEN * INNER) * EXTENT + at) * INNER + i % INNER];
}
