// Convolution, one output per invocation: for shapes that no tiled kernel takes. Twin: src/graph/op/conv2d.rs
// x [BATCH, GROUPS·C_IN, H, W] · w [GROUPS·C_OUT, C_IN, KH, KW] → y [BATCH, GROUPS·C_OUT, OH, OW]

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
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> w: array<f32>;

//:slot epilogue
fn epilogue(v: f32, i: u32) -> f32 {
    return v;
}
//:end

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = id.x + id.y * groups.x * 64u;
    if i >= BATCH * GROUPS * C_OUT * OH * OW {
        return;
    }
    let column = (i % OW) * STRIDE;
    let row = (i / OW % OH) * STRIDE;
    let channel = i / (OW * OH) % (GROUPS * C_OUT);
    let picture = i / (OW * OH * GROUPS * C_OUT);
    let x_base = (picture * GROUPS + channel / C_OUT) * C_IN * H * W;
    let w_base = channel * C_IN * KH * KW;
    var sum = 0.0;
    for (var c = 0u; c < C_IN; c++) {
        for (var u = 0u; u < KH; u++) {
            // Above the picture the difference wraps round and is too large as well.
            let r = row + u * DILATION - TOP;
            if r < H {
                for (var v = 0u; v < KW; v++) {
                    let q = column + v * DILATION - LEFT;
                    if q < W {
                        sum += w[w_base + (c * KH + u) * KW + v] * x[x_base + (c * H + r) * W + q];
                    }
                }
            }
        }
    }
    y[i] = epilogue(sum, i);
}
