// Convolution as an implicit matrix product with workgroup memory: 64 output channels × 64 pixels per workgroup, 16 taps at
// a time, 4 × 4 outputs per invocation. For GPUs with fast barriers. Twin: src/graph/op/conv2d.rs
// x [BATCH, GROUPS·C_IN, H, W] · w [GROUPS, C_IN·KH·KW, C_OUT] → y [BATCH, GROUPS·C_OUT, OH, OW]; C_OUT is a multiple of 4.

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

const PIXELS: u32 = OH * OW;
const DEPTH: u32 = C_IN * KH * KW;
const STEP: u32 = 16u;

@group(0) @binding(0) var<storage, read_write> y: array<f32>;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> w: array<vec4<f32>>;

//:slot epilogue
fn epilogue(v: f32, i: u32) -> f32 {
    return v;
}
//:end

// [tap][quad of channels], [tap][quad of pixels]
var<workgroup> w_tile: array<array<vec4<f32>, 16>, STEP>;
var<workgroup> x_tile: array<array<vec4<f32>, 16>, STEP>;

// What tap `k` sees at output pixel `p`; zero outside the picture and beyond the last tap.
fn tap(place: u32, k: u32, p: u32) -> f32 {
    let row = p / OW * STRIDE + k / KW % KH * DILATION - TOP;
    let column = p % OW * STRIDE + k % KW * DILATION - LEFT;
    let inside = k < DEPTH && p < PIXELS && row < H && column < W;
    let at = ((place * C_IN + k / (KH * KW)) * H + row) * W + column;
    return select(0.0, x[select(0u, at, inside)], inside);
}

fn store(channel: u32, pixel: u32, place: u32, v: vec4<f32>) {
    if channel >= C_OUT {
        return;
    }
    let i = (place * C_OUT + channel) * PIXELS + pixel;
    if pixel < PIXELS {
        y[i] = epilogue(v.x, i);
    }
    if pixel + 1u < PIXELS {
        y[i + 1u] = epilogue(v.y, i + 1u);
    }
    if pixel + 2u < PIXELS {
        y[i + 2u] = epilogue(v.z, i + 2u);
    }
    if pixel + 3u < PIXELS {
        y[i + 3u] = epilogue(v.w, i + 3u);
    }
}

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) tile: vec3<u32>, @builtin(local_invocation_index) local: u32) {
    let place = tile.z;
    let group = place % GROUPS;
    let across = local % 16u;
    let down = local / 16u;
    let pixel = tile.x * 64u + across * 4u;
    let channel = tile.y * 64u + down * 4u;
    // In loading, `down` is the tap and `across` the quad of channels or pixels.
    let quad = tile.y * 16u + across;

    var a0 = vec4<f32>();
    var a1 = vec4<f32>();
    var a2 = vec4<f32>();
    var a3 = vec4<f32>();
    for (var first = 0u; first < DEPTH; first += STEP) {
        let k = first + down;
        let held = k < DEPTH && quad < C_OUT / 4u;
        w_tile[down][across] = select(vec4<f32>(), w[select(0u, (group * DEPTH + k) * (C_OUT / 4u) + quad, held)], held);
        x_tile[down][across] =
            vec4<f32>(tap(place, k, pixel), tap(place, k, pixel + 1u), tap(place, k, pixel + 2u), tap(place, k, pixel + 3u));
        workgroupBarrier();
        for (var t = 0u; t < STEP; t++) {
            let weights = w_tile[t][down];
            let pixels = x_tile[t][across];
            a0 += weights.x * pixels;
            a1 += weights.y * pixels;
            a2 += weights.z * pixels;
            a3 += weights.w * pixels;
        }
        workgroupBarrier();
    }

    store(channel, pixel, place, a0);
    store(channel + 1u, pixel, place, a1);
    store(channel + 2u, pixel, place, a2);
    store(channel + 3u, pixel, place, a3);
}
