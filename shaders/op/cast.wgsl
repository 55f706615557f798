// Numbers in another element type, as bits: from F32 to U32 as it stands. Twin: src/graph/op/cast.rs

const COUNT: u32 = 16u;

@group(0) @binding(0) var<storage, read_write> y: array<u32>;
@group(0) @binding(1) var<storage, read> x: array<u32>;

//:slot convert
fn convert(bits: u32) -> u32 {
    return u32(bitcast<f32>(bits));
}
//:end

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = id.x + id.y * groups.x * 64u;
    if i < COUNT {
        y[i] = convert(x[i]);
    }
}
