// Zeros before and after along one dimension. Twin: src/graph/op/pad.rs
// y is rows of ROW elements; each holds PART elements of x from START on. Bits are copied: any 4-byte type.

const COUNT: u32 = 24u;
const ROW: u32 = 12u;
const START: u32 = 4u;
const PART: u32 = 4u;

@group(0) @binding(0) var<storage, read_write> y: array<u32>;
@group(0) @binding(1) var<storage, read> x: array<u32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = id.x + id.y * groups.x * 64u;
    if i >= COUNT {
        return;
    }
    let column = i % ROW;
    var value = 0u;
    if column >= START && column < START + PART {
        value = x[(i / ROW) * PART + column - START];
    }
    y[i] = value;
}
