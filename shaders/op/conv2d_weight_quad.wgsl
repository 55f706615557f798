// Weight gradient of a convolution without workgroup memory: 16 filters × 4 of their weights per invocation, in registers. The
// four invocations of a quad work on the same filters; each loads a quarter of their gradients and shows it to the others. The
// sum over all pictures is cut into SPLITS parts of whole output rows. For software adapters with subgroups, where a load is
// what costs. Twin: src/graph/op/conv2d_weight.rs
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
const BLOCKS: u32 = (C_OUT + 15u) / 16u;
// Weights by fours, and those by fours again: the lanes of a quad never part.
const QUADS: u32 = (DEPTH + 15u) / 16u * 4u;
const ROWS: u32 = BATCH * OH;
const SHARE: u32 = (ROWS + SPLITS - 1u) / SPLITS;

@group(0) @binding(0) var<storage, read_write> y: array<f32>;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> dy: array<f32>;

//:slot epilogue
fn epilogue(v: f32, i: u32, row: u32, column: u32) -> f32 {
    return v;
}
//:end

fn store(row: u32, column: u32, group: u32, split: u32, v: vec4<f32>) {
    if row >= C_OUT || split >= SPLITS {
        return;
    }
    let r = group * C_OUT + row;
    let i = split * COUNT + r * DEPTH + column;
    if column < DEPTH {
        y[i] = epilogue(v.x, i, r, column);
    }
    if column + 1u < DEPTH {
        y[i + 1u] = epilogue(v.y, i + 1u, r, column + 1u);
    }
    if column + 2u < DEPTH {
        y[i + 2u] = epilogue(v.z, i + 2u, r, column + 2u);
    }
    if column + 3u < DEPTH {
        y[i + 3u] = epilogue(v.w, i + 3u, r, column + 3u);
    }
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = id.x + id.y * groups.x * 64u;
    let lane = i % 4u;
    let column = i % QUADS * 4u;
    let row = i / QUADS % BLOCKS * 16u;
    let group = i / (QUADS * BLOCKS) % GROUPS;
    let split = i / (QUADS * BLOCKS * GROUPS);

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
    let o0 = min(row + 4u * lane + 0u, C_OUT - 1u) * OH * OW;
    let o1 = min(row + 4u * lane + 1u, C_OUT - 1u) * OH * OW;
    let o2 = min(row + 4u * lane + 2u, C_OUT - 1u) * OH * OW;
    let o3 = min(row + 4u * lane + 3u, C_OUT - 1u) * OH * OW;

    var y0 = vec4<f32>();
    var y1 = vec4<f32>();
    var y2 = vec4<f32>();
    var y3 = vec4<f32>();
    var y4 = vec4<f32>();
    var y5 = vec4<f32>();
    var y6 = vec4<f32>();
    var y7 = vec4<f32>();
    var y8 = vec4<f32>();
    var y9 = vec4<f32>();
    var y10 = vec4<f32>();
    var y11 = vec4<f32>();
    var y12 = vec4<f32>();
    var y13 = vec4<f32>();
    var y14 = vec4<f32>();
    var y15 = vec4<f32>();
    for (var l = 0u; l < SHARE; l++) {
        // The last part may be shorter: its lanes stay, and see nothing.
        let meant = split * SHARE + l;
        let line = min(meant, ROWS - 1u);
        let place = line / OH * GROUPS + group;
        let first = line % OH * STRIDE;
        let in0 = meant < ROWS && first + down0 < H;
        let in1 = meant < ROWS && first + down1 < H;
        let in2 = meant < ROWS && first + down2 < H;
        let in3 = meant < ROWS && first + down3 < H;
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
            let own = vec4<f32>(dy[at + o0], dy[at + o1], dy[at + o2], dy[at + o3]);
            let dy0 = quadBroadcast(own, 0u);
            y0 += dy0.x * seen;
            y1 += dy0.y * seen;
            y2 += dy0.z * seen;
            y3 += dy0.w * seen;
            let dy1 = quadBroadcast(own, 1u);
            y4 += dy1.x * seen;
            y5 += dy1.y * seen;
            y6 += dy1.z * seen;
            y7 += dy1.w * seen;
            let dy2 = quadBroadcast(own, 2u);
            y8 += dy2.x * seen;
            y9 += dy2.y * seen;
            y10 += dy2.z * seen;
            y11 += dy2.w * seen;
            let dy3 = quadBroadcast(own, 3u);
            y12 += dy3.x * seen;
            y13 += dy3.y * seen;
            y14 += dy3.z * seen;
            y15 += dy3.w * seen;
            at++;
        }
    }

    // A loop: written out, the stores take three quarters of the time to compile.
    var found = array<vec4<f32>, 16>(y0, y1, y2, y3, y4, y5, y6, y7, y8, y9, y10, y11, y12, y13, y14, y15);
    for (var r = 0u; r < 16u; r++) {
        store(row + r, column, group, split, found[r]);
    }
}
