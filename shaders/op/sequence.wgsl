// Neighbours in order, none beyond the last. Twin: src/graph/op/sequence.rs
// x [1]: the first → y [COUNT]

const COUNT: u32 = 16u;
const LAST: u32 = 99u;

@group(0) @binding(0) var<storage, read_write> y: array<u32>;
@group(0) @binding(1) var<storage, read> x: array<u32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = id.x + id.y * groups.x * 64u;
    if i >= COUNT {
        return;
    }
    // The first is held back before the sum: it cannot overflow.
    y[i] = min(min(x[0], LAST) + i, LAST);
}
