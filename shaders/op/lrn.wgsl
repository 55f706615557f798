// Local response normalisation across channels, one output per invocation. Twin: src/graph/op/lrn.rs
// Krizhevsky, Sutskever & Hinton 2012. x [batch, CHANNELS, PLANE] → y [batch, CHANNELS, PLANE]

const COUNT: u32 = 24u;
const CHANNELS: u32 = 6u;
const PLANE: u32 = 4u;
// Channels of a window before and after its own.
const BEFORE: u32 = 2u;
const AFTER: u32 = 2u;

//:slot settings
const K = f32(1.0);
const SHARE = f32(0.0001);
const BETA = f32(0.75);
//:end

@group(0) @binding(0) var<storage, read_write> y: array<f32>;
@group(0) @binding(1) var<storage, read> x: array<f32>;

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
    let c = i / PLANE % CHANNELS;
    let base = i - c * PLANE;
    let last = min(c + AFTER, CHANNELS - 1u);
    var sum = 0.0;
    for (var k = max(c, BEFORE) - BEFORE; k <= last; k++) {
        let v = x[base + k * PLANE];
        sum += v * v;
    }
    // NaN stays NaN, which `pow` may drop; told by its bits, for a compiler may assume that no float is NaN.
    let base_of_power = K + SHARE * sum;
    let is_nan = (bitcast<u32>(base_of_power) & 0x7fffffffu) > 0x7f800000u;
    y[i] = epilogue(x[i] * select(pow(base_of_power, -BETA), base_of_power, is_nan), i);
}
