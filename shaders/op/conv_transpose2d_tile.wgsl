// Input gradient of a strided convolution without workgroup memory: 8 channels × 4 pixels per invocation, in registers.
// The pixels of an invocation leave the same remainders by the stride, so that the taps which meet one meet all, and no zero
// is multiplied. For software adapters and narrow layers. Twin: src/graph/op/conv_transpose2d.rs
// dy [BATCH, GROUPS·C_OUT, OH, OW] · w [GROUPS, KH, KW, C_OUT, C_IN] → y [BATCH, GROUPS·C_IN, H, W]; C_IN is a multiple of 8.

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

// Pixels of one phase, those that leave the same remainders: CELLS_W to a row. Some may lie beyond the picture.
const CELLS_W: u32 = (W + STRIDE - 1u) / STRIDE;
const CELLS: u32 = CELLS_W * ((H + STRIDE - 1u) / STRIDE);
const PHASES: u32 = STRIDE * STRIDE;
const QUADS: u32 = (CELLS + 3u) / 4u;
const OCTETS: u32 = C_IN / 8u;

@group(0) @binding(0) var<storage, read_write> y: array<f32>;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read> w: array<vec4<f32>>;

//:slot epilogue
fn epilogue(v: f32, i: u32) -> f32 {
    return v;
}
//:end

fn store(channel: u32, cell: u32, first_row: u32, first_column: u32, lo: vec4<f32>, hi: vec4<f32>) {
    let row = cell / CELLS_W * STRIDE + first_row;
    let column = cell % CELLS_W * STRIDE + first_column;
    if cell >= CELLS || row >= H || column >= W {
        return;
    }
    let i = (channel * H + row) * W + column;
    y[i] = epilogue(lo.x, i);
    y[i + H * W] = epilogue(lo.y, i + H * W);
    y[i + 2u * H * W] = epilogue(lo.z, i + 2u * H * W);
    y[i + 3u * H * W] = epilogue(lo.w, i + 3u * H * W);
    y[i + 4u * H * W] = epilogue(hi.x, i + 4u * H * W);
    y[i + 5u * H * W] = epilogue(hi.y, i + 5u * H * W);
    y[i + 6u * H * W] = epilogue(hi.z, i + 6u * H * W);
    y[i + 7u * H * W] = epilogue(hi.w, i + 7u * H * W);
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = id.x + id.y * groups.x * 64u;
    if i >= BATCH * GROUPS * OCTETS * PHASES * QUADS {
        return;
    }
    let cell = i % QUADS * 4u;
    let octet = i / QUADS % OCTETS;
    let phase = i / (QUADS * OCTETS) % PHASES;
    let place = i / (QUADS * OCTETS * PHASES);
    let group = place % GROUPS;
    let first_row = phase / STRIDE;
    let first_column = phase % STRIDE;

    // Cells beyond the last compute the last one again and are not stored.
    //:lib conv_cell_pixels
    let p0 = cell;
    let p1 = min(cell + 1u, CELLS - 1u);
    let p2 = min(cell + 2u, CELLS - 1u);
    let p3 = min(cell + 3u, CELLS - 1u);
    let r0 = p0 / CELLS_W * STRIDE + first_row + TOP;
    let r1 = p1 / CELLS_W * STRIDE + first_row + TOP;
    let r2 = p2 / CELLS_W * STRIDE + first_row + TOP;
    let r3 = p3 / CELLS_W * STRIDE + first_row + TOP;
    let q0 = p0 % CELLS_W * STRIDE + first_column + LEFT;
    let q1 = p1 % CELLS_W * STRIDE + first_column + LEFT;
    let q2 = p2 % CELLS_W * STRIDE + first_column + LEFT;
    let q3 = p3 % CELLS_W * STRIDE + first_column + LEFT;
    //:lib end

    var lo0 = vec4<f32>();
    var lo1 = vec4<f32>();
    var lo2 = vec4<f32>();
    var lo3 = vec4<f32>();
    var hi0 = vec4<f32>();
    var hi1 = vec4<f32>();
    var hi2 = vec4<f32>();
    var hi3 = vec4<f32>();
    let base = place * C_OUT * OH * OW;
    for (var u = 0u; u < KH; u++) {
        let down = u * DILATION;
        if (first_row + TOP) % STRIDE != down % STRIDE {
            continue;
        }
        for (var v = 0u; v < KW; v++) {
            let across = v * DILATION;
            if (first_column + LEFT) % STRIDE != across % STRIDE {
                continue;
            }
            //:lib conv_phase_taps
            // Above and left of the first output the differences wrap round and are too large as well.
            let in0 = (r0 - down) / STRIDE < OH && (q0 - across) / STRIDE < OW;
            let in1 = (r1 - down) / STRIDE < OH && (q1 - across) / STRIDE < OW;
            let in2 = (r2 - down) / STRIDE < OH && (q2 - across) / STRIDE < OW;
            let in3 = (r3 - down) / STRIDE < OH && (q3 - across) / STRIDE < OW;
            let mask = vec4<f32>(f32(in0), f32(in1), f32(in2), f32(in3));
            var i0 = base + select(0u, (r0 - down) / STRIDE * OW + (q0 - across) / STRIDE, in0);
            var i1 = base + select(0u, (r1 - down) / STRIDE * OW + (q1 - across) / STRIDE, in1);
            var i2 = base + select(0u, (r2 - down) / STRIDE * OW + (q2 - across) / STRIDE, in2);
            var i3 = base + select(0u, (r3 - down) / STRIDE * OW + (q3 - across) / STRIDE, in3);
            //:lib end
            var at = ((group * KH + u) * KW + v) * C_OUT * (C_IN / 4u) + octet * 2u;
            for (var o = 0u; o < C_OUT; o++) {
                let seen = vec4<f32>(dy[i0], dy[i1], dy[i2], dy[i3]) * mask;
                let lo = w[at];
                let hi = w[at + 1u];
                lo0 += lo * seen.x;
                lo1 += lo * seen.y;
                lo2 += lo * seen.z;
                lo3 += lo * seen.w;
                hi0 += hi * seen.x;
                hi1 += hi * seen.y;
                hi2 += hi * seen.z;
                hi3 += hi * seen.w;
                at += C_IN / 4u;
                i0 += OH * OW;
                i1 += OH * OW;
                i2 += OH * OW;
                i3 += OH * OW;
            }
        }
    }

    let channel = place * C_IN + octet * 8u;
    store(channel, cell, first_row, first_column, lo0, hi0);
    store(channel, cell + 1u, first_row, first_column, lo1, hi1);
    store(channel, cell + 2u, first_row, first_column, lo2, hi2);
    store(channel, cell + 3u, first_row, first_column, lo3, hi3);
}
