// Weight gradient of a convolution without workgroup memory: 8 filters × 4 of their weights per invocation, in registers. The
// sum over all pictures is cut into SPLITS parts of whole output rows. For software adapters, where a barrier costs more than
// the loads it saves, and for narrow layers. Twin: src/graph/op/conv2d_weight.rs
// x [BATCH, GROUPS·C_IN, H, W] · dy [BATCH, GROUPS·C_OUT, OH, OW] → y [SPLITS, GROUPS·C_OUT, C_IN·KH·KW]

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
const SPLITS: u32 = 1u;

const DEPTH: u32 = C_IN * KH * KW;
const COUNT: u32 = GROUPS * C_OUT * DEPTH;
const OCTETS: u32 = (C_OUT + 7u) / 8u;
const QUADS: u32 = (DEPTH + 3u) / 4u;
const ROWS: u32 = BATCH * OH;
const SHARE: u32 = (ROWS + SPLITS - 1u) / SPLITS;

@group(0) @binding(0) var<storage, read_write> y: array<f32>;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> dy: array<f32>;

//:slot epilogue
fn epilogue(v: f32, i: u32) -> f32 {
    return v;
}
//:end

//:lib conv_weights_store
fn store(row: u32, column: u32, group: u32, split: u32, v: vec4<f32>) {
    if row >= C_OUT {
        return;
    }
    let i = split * COUNT + (group * C_OUT + row) * DEPTH + column;
    if column < DEPTH {
        y[i] = epilogue(v.x, i);
    }
    if column + 1u < DEPTH {
        y[i + 1u] = epilogue(v.y, i + 1u);
    }
    if column + 2u < DEPTH {
        y[i + 2u] = epilogue(v.z, i + 2u);
    }
    if column + 3u < DEPTH {
        y[i + 3u] = epilogue(v.w, i + 3u);
    }
}
//:lib end

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = id.x + id.y * groups.x * 64u;
    if i >= SPLITS * GROUPS * OCTETS * QUADS {
        return;
    }
    let column = i % QUADS * 4u;
    let row = i / QUADS % OCTETS * 8u;
    let group = i / (QUADS * OCTETS) % GROUPS;
    let split = i / (QUADS * OCTETS * GROUPS);

    //:lib conv_weights
    // Weights and filters beyond the last compute the last one again and do not store it.
    let n0 = min(column + 0u, DEPTH - 1u);
    let n1 = min(column + 1u, DEPTH - 1u);
    let n2 = min(column + 2u, DEPTH - 1u);
    let n3 = min(column + 3u, DEPTH - 1u);
    // Where each weight looks, relative to the output pixel; above and left of the picture these wrap round and are too large
    // as well.
    let down0 = n0 / KW % KH * DILATION - TOP;
    let down1 = n1 / KW % KH * DILATION - TOP;
    let down2 = n2 / KW % KH * DILATION - TOP;
    let down3 = n3 / KW % KH * DILATION - TOP;
    let across0 = n0 % KW * DILATION - LEFT;
    let across1 = n1 % KW * DILATION - LEFT;
    let across2 = n2 % KW * DILATION - LEFT;
    let across3 = n3 % KW * DILATION - LEFT;
    //:lib end
    let o0 = min(row + 0u, C_OUT - 1u) * OH * OW;
    let o1 = min(row + 1u, C_OUT - 1u) * OH * OW;
    let o2 = min(row + 2u, C_OUT - 1u) * OH * OW;
    let o3 = min(row + 3u, C_OUT - 1u) * OH * OW;
    let o4 = min(row + 4u, C_OUT - 1u) * OH * OW;
    let o5 = min(row + 5u, C_OUT - 1u) * OH * OW;
    let o6 = min(row + 6u, C_OUT - 1u) * OH * OW;
    let o7 = min(row + 7u, C_OUT - 1u) * OH * OW;

    var y0 = vec4<f32>();
    var y1 = vec4<f32>();
    var y2 = vec4<f32>();
    var y3 = vec4<f32>();
    var y4 = vec4<f32>();
    var y5 = vec4<f32>();
    var y6 = vec4<f32>();
    var y7 = vec4<f32>();
    for (var line = split * SHARE; line < min((split + 1u) * SHARE, ROWS); line++) {
        let place = line / OH * GROUPS + group;
        let first = line % OH * STRIDE;
        let in0 = first + down0 < H;
        let in1 = first + down1 < H;
        let in2 = first + down2 < H;
        let in3 = first + down3 < H;
        //:lib conv_weights_row
        let x0 = (place * C_IN + n0 / (KH * KW)) * H * W + select(0u, first + down0, in0) * W;
        let x1 = (place * C_IN + n1 / (KH * KW)) * H * W + select(0u, first + down1, in1) * W;
        let x2 = (place * C_IN + n2 / (KH * KW)) * H * W + select(0u, first + down2, in2) * W;
        let x3 = (place * C_IN + n3 / (KH * KW)) * H * W + select(0u, first + down3, in3) * W;
        var at = place * C_OUT * OH * OW + line % OH * OW;
        //:lib end
        for (var j = 0u; j < OW; j++) {
            //:lib conv_weights_seen
            let q0 = j * STRIDE + across0;
            let q1 = j * STRIDE + across1;
            let q2 = j * STRIDE + across2;
            let q3 = j * STRIDE + across3;
            let held0 = in0 && q0 < W;
            let held1 = in1 && q1 < W;
            let held2 = in2 && q2 < W;
            let held3 = in3 && q3 < W;
            let mask = vec4<f32>(f32(held0), f32(held1), f32(held2), f32(held3));
            let seen = mask * vec4<f32>(
                x[x0 + select(0u, q0, held0)], x[x1 + select(0u, q1, held1)],
                x[x2 + select(0u, q2, held2)], x[x3 + select(0u, q3, held3)]);
            //:lib end
            y0 += dy[at + o0] * seen;
            y1 += dy[at + o1] * seen;
            y2 += dy[at + o2] * seen;
            y3 += dy[at + o3] * seen;
            y4 += dy[at + o4] * seen;
            y5 += dy[at + o5] * seen;
            y6 += dy[at + o6] * seen;
            y7 += dy[at + o7] * seen;
            at++;
        }
    }

    store(row, column, group, split, y0);
    store(row + 1u, column, group, split, y1);
    store(row + 2u, column, group, split, y2);
    store(row + 3u, column, group, split, y3);
    store(row + 4u, column, group, split, y4);
    store(row + 5u, column, group, split, y5);
    store(row + 6u, column, group, split, y6);
    store(row + 7u, column, group, split, y7);
}
