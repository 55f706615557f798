// Max and average pooling, one output per invocation. Twin: src/graph/op/pool2d.rs
// x [planes, H, W] → y [planes, OH, OW]

const COUNT: u32 = 16u;
const H: u32 = 8u;
const W: u32 = 8u;
const OH: u32 = 4u;
const OW: u32 = 4u;
const KH: u32 = 2u;
const KW: u32 = 2u;
const STRIDE_H: u32 = 2u;
const STRIDE_W: u32 = 2u;
const TOP: u32 = 0u;
const LEFT: u32 = 0u;
const AVERAGE: u32 = 0u;
const COUNT_PADDING: u32 = 0u;

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
    // Coordinates in the padded input; the window ends at the padding's end.
    let top = i / OW % OH * STRIDE_H;
    let left = i % OW * STRIDE_W;
    let base = i / (OW * OH) * H * W;
    let bottom = min(top + KH, H + 2u * TOP);
    let right = min(left + KW, W + 2u * LEFT);
    let r0 = max(top, TOP);
    let r1 = min(bottom, H + TOP);
    let q0 = max(left, LEFT);
    let q1 = min(right, W + LEFT);

    var best = x[base + (r0 - TOP) * W + q0 - LEFT];
    var sum = 0.0;
    for (var r = r0; r < r1; r++) {
        for (var q = q0; q < q1; q++) {
            let v = x[base + (r - TOP) * W + q - LEFT];
            best = larger(best, v);
            sum += v;
        }
    }
    if AVERAGE == 1u {
        let counted = select((r1 - r0) * (q1 - q0), (bottom - top) * (right - left), COUNT_PADDING == 1u);
        y[i] = epilogue(sum / f32(counted), i);
    } else {
        y[i] = epilogue(best, i);
    }
}
