// Convolution as an implicit matrix product without workgroup memory: 16 output channels × 4 pixels per invocation, in
// registers. The four invocations of a quad work on the same channels; each loads a quarter of their weights and shows it to
// the others. For software adapters with subgroups, where a load is what costs. Twin: src/graph/op/conv2d.rs
// x [BATCH, GROUPS·C_IN, H, W] · w [GROUPS, KH, KW, C_IN, C_OUT] → y [BATCH, GROUPS·C_OUT, OH, OW]; C_OUT is a multiple of 16.

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
// Pixels by fours, and those by fours again: the lanes of a quad never part.
const QUADS: u32 = (PIXELS + 15u) / 16u * 4u;
const BLOCKS: u32 = C_OUT / 16u;

@group(0) @binding(0) var<storage, read_write> y: array<f32>;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> w: array<vec4<f32>>;

//:slot epilogue
fn epilogue(v: f32, i: u32, row: u32, column: u32) -> f32 {
    return v;
}
//:end

fn store(row: u32, pixel: u32, v: vec4<f32>) {
    let i = row * PIXELS + pixel;
    y[i] = epilogue(v.x, i, row, pixel);
    y[i + PIXELS] = epilogue(v.y, i + PIXELS, row + 1u, pixel);
    y[i + 2u * PIXELS] = epilogue(v.z, i + 2u * PIXELS, row + 2u, pixel);
    y[i + 3u * PIXELS] = epilogue(v.w, i + 3u * PIXELS, row + 3u, pixel);
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = id.x + id.y * groups.x * 64u;
    let lane = i % 4u;
    let pixel = (i % QUADS) * 4u;
    let block = i / QUADS % BLOCKS;
    let place = i / (QUADS * BLOCKS);
    // What lies beyond the last picture computes it again and does not store it.
    let picture = min(place, BATCH * GROUPS - 1u);
    let group = picture % GROUPS;

    // The last pixels may reach beyond the picture: they compute the last one again.
    let p0 = min(pixel + 0u, PIXELS - 1u);
    //:lib conv_pixels
    let p1 = min(pixel + 1u, PIXELS - 1u);
    let p2 = min(pixel + 2u, PIXELS - 1u);
    let p3 = min(pixel + 3u, PIXELS - 1u);
    // Above and left of the picture these wrap round and are too large as well.
    let r0 = p0 / OW * STRIDE - TOP;
    let r1 = p1 / OW * STRIDE - TOP;
    let r2 = p2 / OW * STRIDE - TOP;
    let r3 = p3 / OW * STRIDE - TOP;
    let q0 = p0 % OW * STRIDE - LEFT;
    let q1 = p1 % OW * STRIDE - LEFT;
    let q2 = p2 % OW * STRIDE - LEFT;
    let q3 = p3 % OW * STRIDE - LEFT;
    //:lib end

    var y00 = vec4<f32>();
    var y01 = vec4<f32>();
    var y02 = vec4<f32>();
    var y03 = vec4<f32>();
    var y10 = vec4<f32>();
    var y11 = vec4<f32>();
    var y12 = vec4<f32>();
    var y13 = vec4<f32>();
    var y20 = vec4<f32>();
    var y21 = vec4<f32>();
    var y22 = vec4<f32>();
    var y23 = vec4<f32>();
    var y30 = vec4<f32>();
    var y31 = vec4<f32>();
    var y32 = vec4<f32>();
    var y33 = vec4<f32>();
    var at = group * C_IN * KH * KW * (C_OUT / 4u) + block * 4u + lane;
    let base = picture * C_IN * H * W;
    for (var u = 0u; u < KH; u++) {
        for (var v = 0u; v < KW; v++) {
            //:lib conv_taps
            // Whether this tap lies inside the picture is the same for all channels: zeros come from a mask.
            let down = u * DILATION;
            let across = v * DILATION;
            let in0 = r0 + down < H && q0 + across < W;
            let in1 = r1 + down < H && q1 + across < W;
            let in2 = r2 + down < H && q2 + across < W;
            let in3 = r3 + down < H && q3 + across < W;
            let mask = vec4<f32>(f32(in0), f32(in1), f32(in2), f32(in3));
            var i0 = base + select(0u, (r0 + down) * W + q0 + across, in0);
            var i1 = base + select(0u, (r1 + down) * W + q1 + across, in1);
            var i2 = base + select(0u, (r2 + down) * W + q2 + across, in2);
            var i3 = base + select(0u, (r3 + down) * W + q3 + across, in3);
            //:lib end
            for (var c = 0u; c < C_IN; c++) {
                let taps = vec4<f32>(x[i0], x[i1], x[i2], x[i3]) * mask;
                let own = w[at];
                let w0 = quadBroadcast(own, 0u);
                y00 += w0 * taps.x;
                y01 += w0 * taps.y;
                y02 += w0 * taps.z;
                y03 += w0 * taps.w;
                let w1 = quadBroadcast(own, 1u);
                y10 += w1 * taps.x;
                y11 += w1 * taps.y;
                y12 += w1 * taps.z;
                y13 += w1 * taps.w;
                let w2 = quadBroadcast(own, 2u);
                y20 += w2 * taps.x;
                y21 += w2 * taps.y;
                y22 += w2 * taps.z;
                y23 += w2 * taps.w;
                let w3 = quadBroadcast(own, 3u);
                y30 += w3 * taps.x;
                y31 += w3 * taps.y;
                y32 += w3 * taps.z;
                y33 += w3 * taps.w;
                at += C_OUT / 4u;
                i0 += H * W;
                i1 += H * W;
                i2 += H * W;
                i3 += H * W;
            }
        }
    }

    if place >= BATCH * GROUPS {
        return;
    }
    // A loop: written out, the stores take three quarters of the time to compile.
    var found = array<vec4<f32>, 16>(
        y00, y10, y20, y30, y01, y11, y21, y31, y02, y12, y22, y32, y03, y13, y23, y33);
    for (var k = 0u; k < 16u; k++) {
        if pixel + k / 4u < PIXELS {
            store(place * C_OUT + block * 16u + k % 4u * 4u, pixel + k / 4u, found[k]);
        }
    }
}
