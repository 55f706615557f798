// Batch normalisation by given moments, one output per invocation. Twin: src/graph/op/batch_norm.rs
// x [batch, CHANNELS, INNER], moments [2, CHANNELS], weight, bias [CHANNELS] → y [batch, CHANNELS, INNER]

const COUNT: u32 = 24u;
const CHANNELS: u32 = 3u;
const INNER: u32 = 4u;

//:slot eps
const EPS = 1e-5;
//:end

@group(0) @binding(0) var<storage, read_write> y: array<f32>;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> moments: array<f32>;
@group(0) @binding(3) var<storage, read> weight: array<f32>;
@group(0) @binding(4) var<storage, read> bias: array<f32>;

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
    let c = i / INNER % CHANNELS;
    let scale = weight[c] * inverseSqrt(moments[CHANNELS + c] + EPS);
    y[i] = epilogue((x[i] - moments[c]) * scale + bias[c], i);
}
