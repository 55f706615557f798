// Depthwise convolution: every channel by itself, one output per invocation. Twin: src/graph/op/conv2d.rs
// x [BATCH, GROUPS, H, W] · w [GROUPS, 1, KH, KW] → y [BATCH, GROUPS, OH, OW]

const BATCH: u32 = 1u;
const GROUPS: u32 = 6u;
const C_IN: u32 = 1u;
const C_OUT: u32 = 1u;
const H: u32 = 8u;
const W: u32 = 8u;
const KH: u32 = 3u;
const KW: u32 = 3u;
const OH: u32 = 8u;
const OW: u32 = 8u;
const STRIDE: u32 = 1u;
const DILATION: u32 = 1u;
const TOP: u32 = 1u;
const LEFT: u32 = 1u;

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
    if i >= BATCH * GROUPS * OH * OW {
        return;
    }
    let column = (i % OW) * STRIDE;
    let row = (i / OW % OH) * STRIDE;
    let plane = i / (OW * OH);
    let w_base = (plane % GROUPS) * KH * KW;
    var sum = 0.0;
    for (var u = 0u; u < KH; u++) {
        let r = row + u * DILATION - TOP;
        if r < H {
            for (var v = 0u; v < KW; v++) {
                let q = column + v * DILATION - LEFT;
                if q < W {
                    sum += w[w_base + u * KW + v] * x[(plane * H + r) * W + q];
                }
            }
        }
    }
    y[i] = epilogue(sum, i);
}
