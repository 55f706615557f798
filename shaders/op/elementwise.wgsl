// A chain of elementwise operations: all of it is in the generated epilogue. Twin: src/graph/host/chain.rs

const COUNT: u32 = 16u;

@group(0) @binding(0) var<storage, read_write> y: array<f32>;

//:slot epilogue
fn epilogue(v: f32, i: u32) -> f32 {
    return v;
}
//:end

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = id.x + id.y * groups.x * 64u;
    if i < COUNT {
        y[i] = epilogue(0.0, i);
    }
}
