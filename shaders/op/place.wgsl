// One part of a join: x becomes the columns from START on of rows of ROW elements. Bits are copied: any 4-byte type.
// Twin: side_by_side in src/graph/host/mod.rs

const COUNT: u32 = 8u;
const ROW: u32 = 12u;
const START: u32 = 4u;
const PART: u32 = 4u;

@group(0) @binding(0) var<storage, read_write> y: array<u32>;
@group(0) @binding(1) var<storage, read> x: array<u32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = id.x + id.y * groups.x * 64u;
    if i < COUNT {
        y[i / PART * ROW + START + i % PART] = x[i];
    }
}
