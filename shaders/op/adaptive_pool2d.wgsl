// Pooling to a given size, one output per invocation. Twin: src/graph/op/adaptive_pool2d.rs
// x [planes, H, W] → y [planes, OH, OW]; window o covers the inputs ⌊o · H / OH⌋ .. ⌈(o + 1) · H / OH⌉.

const COUNT: u32 = 8u;
const H: u32 = 5u;
const W: u32 = 7u;
const OH: u32 = 2u;
const OW: u32 = 4u;
// 0 maximum, 1 mean, 2 sum
const MODE: u32 = 0u;

@group(0) @binding(0) var<storage, read_write> y: array<f32>;
@group(0) @binding(1) var<storage, read> x: array<f32>;

//:slot epilogue
fn epilogue(v: f32, i: u32) -> f32 {
    return v;
}
//:end

//:lib extremes
fn is_nan(v: f32) -> bool {
    return (bitcast<u32>(v) & 0x7fffffffu) > 0x7f800000u;
}

fn larger(a: f32, b: f32) -> f32 {
    return select(select(max(a, b), b, is_nan(b)), a, is_nan(a));
}

fn smaller(a: f32, b: f32) -> f32 {
    return select(select(min(a, b), b, is_nan(b)), a, is_nan(a));
}
//:lib end

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = id.x + id.y * groups.x * 64u;
    if i >= COUNT {
        return;
    }
    let row = i / OW % OH;
    let column = i % OW;
    let top = row * H / OH;
    let bottom = ((row + 1u) * H + OH - 1u) / OH;
    let left = column * W / OW;
    let right = ((column + 1u) * W + OW - 1u) / OW;
    let base = i / (OW * OH) * H * W;
    var best = x[base + top * W + left];
    var sum = 0.0;
    for (var r = top; r < bottom; r++) {
        for (var q = left; q < right; q++) {
            let v = x[base + r * W + q];
            best = larger(best, v);
            sum += v;
        }
    }
    if MODE == 0u {
        y[i] = epilogue(best, i);
    } else {
        y[i] = epilogue(select(sum, sum / f32((bottom - top) * (right - left)), MODE == 1u), i);
    }
}
