// Input gradient of a convolution, one pixel per invocation: for shapes that no tiled kernel takes.
// Twin: src/graph/op/conv_transpose2d.rs
// dy [BATCH, GROUPS·C_OUT, OH, OW] · w [GROUPS·C_OUT, C_IN, KH, KW] → y [BATCH, GROUPS·C_IN, H, W]

//:lib conv_shape
const BATCH: u32 = 1u;
const GROUPS: u32 = 1u;
const C_IN: u32 = 8u;
const C_OUT: u32 = 16u;
const H: u32 = 9u;
const W: u32 = 9u;
const KH: u32 = 3u;
const KW: u32 = 3u;
const OH: u32 = 4u;
const OW: u32 = 4u;
const STRIDE: u32 = 2u;
const DILATION: u32 = 1u;
const TOP: u32 = 0u;
const LEFT: u32 = 0u;
//:lib end

@group(0) @binding(0) var<storage, read_write> y: array<f32>;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read> w: array<f32>;

//:slot epilogue
fn epilogue(v: f32, i: u32) -> f32 {
    return v;
}
//:end

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = id.x + id.y * groups.x * 64u;
    if i >= BATCH * GROUPS * C_IN * H * W {
        return;
    }
    let column = i % W + LEFT;
    let row = i / W % H + TOP;
    let channel = i / (W * H) % C_IN;
    let place = i / (W * H * C_IN);
    var sum = 0.0;
    for (var u = 0u; u < KH; u++) {
        // Above the first output the difference wraps round and is too large as well.
        let r = (row - u * DILATION) / STRIDE;
        if row % STRIDE != u * DILATION % STRIDE || r >= OH {
            continue;
        }
        for (var v = 0u; v < KW; v++) {
            let q = (column - v * DILATION) / STRIDE;
            if column % STRIDE != v * DILATION % STRIDE || q >= OW {
                continue;
            }
            var w_at = ((place % GROUPS * C_OUT * C_IN + channel) * KH + u) * KW + v;
            var dy_at = (place * C_OUT * OH + r) * OW + q;
            for (var o = 0u; o < C_OUT; o++) {
                sum += w[w_at] * dy[dy_at];
                w_at += C_IN * KH * KW;
                dy_at += OH * OW;
            }
        }
    }
    y[i] = epilogue(sum, i);
}
