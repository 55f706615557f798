// Examples out of a data set of bytes, one value per invocation. Twin: src/graph/op/load_bytes.rs
// x [EXAMPLES, WORDS] with four bytes a word, ids [batch] → y [batch, ROW]; an index beyond the end picks the last example.

const COUNT: u32 = 16u;
const EXAMPLES: u32 = 4u;
const WORDS: u32 = 2u;
const ROW: u32 = 8u;

@group(0) @binding(0) var<storage, read_write> y: array<f32>;
@group(0) @binding(1) var<storage, read> x: array<u32>;
@group(0) @binding(2) var<storage, read> ids: array<u32>;

//:slot epilogue
fn epilogue(v: f32, i: u32) -> f32 {
    return v;
}
//:end

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = id.x + id.y * groups.x * 64u;
    if i >= COUNT {
        return;
    }
    let example = min(ids[i / ROW], EXAMPLES - 1u);
    let k = i % ROW;
    let word = x[example * WORDS + k / 4u];
    y[i] = epilogue(f32((word >> (k % 4u * 8u)) & 0xFFu), i);
}
