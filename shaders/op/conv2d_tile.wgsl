// Convolution as an implicit matrix product without workgroup memory: 8 output channels × 4 pixels per invocation, in
// registers. For software adapters, where a barrier costs more than the loads it saves, and for narrow layers.
// Twin: src/graph/op/conv2d.rs
// x [BATCH, GROUPS·C_IN, H, W] · w [GROUPS, KH, KW, C_IN, C_OUT] → y [BATCH, GROUPS·C_OUT, OH, OW]; C_OUT is a multiple of 8.

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
const QUADS: u32 = (PIXELS + 3u) / 4u;
const OCTETS: u32 = C_OUT / 8u;

@group(0) @binding(0) var<storage, read_write> y: array<f32>;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> w: array<vec4<f32>>;

//:slot epilogue
fn epilogue(v: f32, i: u32) -> f32 {
    return v;
}
//:end

fn store(i: u32, stride: u32, lo: vec4<f32>, hi: vec4<f32>) {
    y[i] = epilogue(lo.x, i);
    y[i + stride] = epilogue(lo.y, i + stride);
    y[i + 2u * stride] = epilogue(lo.z, i + 2u * stride);
    y[i + 3u * stride] = epilogue(lo.w, i + 3u * stride);
    y[i + 4u * stride] = epilogue(hi.x, i + 4u * stride);
    y[i + 5u * stride] = epilogue(hi.y, i + 5u * stride);
    y[i + 6u * stride] = epilogue(hi.z, i + 6u * stride);
    y[i + 7u * stride] = epilogue(hi.w, i + 7u * stride);
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = id.x + id.y * groups.x * 64u;
    if i >= BATCH * GROUPS * OCTETS * QUADS {
        return;
    }
    let pixel = (i % QUADS) * 4u;
    let octet = i / QUADS % OCTETS;
    let place = i / (QUADS * OCTETS);
    let group = place % GROUPS;

    // The last quad may reach beyond the picture: it computes the last pixel again and does not store it.
    let p0 = pixel;
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

    var lo0 = vec4<f32>();
    var lo1 = vec4<f32>();
    var lo2 = vec4<f32>();
    var lo3 = vec4<f32>();
    var hi0 = vec4<f32>();
    var hi1 = vec4<f32>();
    var hi2 = vec4<f32>();
    var hi3 = vec4<f32>();
    var at = group * C_IN * KH * KW * (C_OUT / 4u) + octet * 2u;
    let base = place * C_IN * H * W;
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
                let lo = w[at];
                let hi = w[at + 1u];
                lo0 += lo * taps.x;
                lo1 += lo * taps.y;
                lo2 += lo * taps.z;
                lo3 += lo * taps.w;
                hi0 += hi * taps.x;
                hi1 += hi * taps.y;
                hi2 += hi * taps.z;
                hi3 += hi * taps.w;
                at += C_OUT / 4u;
                i0 += H * W;
                i1 += H * W;
                i2 += H * W;
                i3 += H * W;
            }
        }
    }

    let to = (place * C_OUT + octet * 8u) * PIXELS + pixel;
    store(to, PIXELS, lo0, hi0);
    if pixel + 1u < PIXELS {
        store(to + 1u, PIXELS, lo1, hi1);
    }
    if pixel + 2u < PIXELS {
        store(to + 2u, PIXELS, lo2, hi2);
    }
    if pixel + 3u < PIXELS {
        store(to + 3u, PIXELS, lo3, hi3);
    }
}
