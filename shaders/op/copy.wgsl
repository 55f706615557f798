// The elements of x in another order: y[i] = x[source(i)]. Bits are copied: any 4-byte type.
// Twin: Movement::read in src/graph/launch.rs

const COUNT: u32 = 16u;

@group(0) @binding(0) var<storage, read_write> y: array<u32>;
@group(0) @binding(1) var<storage, read> x: array<u32>;

//:slot source
fn source(i: u32) -> u32 {
    return i;
}
//:end

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = id.x + id.y * groups.x * 64u;
    if i < COUNT {
        y[i] = x[source(i)];
    }
}
