// Weight gradient of a convolution, one weight per invocation: for depthwise and very narrow layers. The sum over all pictures
// is cut into SPLITS parts of whole output rows. Twin: src/graph/op/conv2d_weight.rs
// x [BATCH, GROUPS·C_IN, H, W] · dy [BATCH, GROUPS·C_OUT, OH, OW] → y [SPLITS, GROUPS·C_OUT, C_IN, KH, KW]

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
const SPLITS: u32 = 1u;

const DEPTH: u32 = C_IN * KH * KW;
const COUNT: u32 = GROUPS * C_OUT * DEPTH;
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

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = id.x + id.y * groups.x * 64u;
    if i >= SPLITS * COUNT {
        return;
    }
    let split = i / COUNT;
    let out_channel = i % COUNT / DEPTH;
    let channel = out_channel / C_OUT * C_IN + i % DEPTH / (KH * KW);
    // Above and left of the picture these wrap round and are too large as well.
    let down = i / KW % KH * DILATION - TOP;
    let across = i % KW * DILATION - LEFT;
    var total = 0.0;
    for (var row = split * SHARE; row < min((split + 1u) * SHARE, ROWS); row++) {
        let picture = row / OH;
        let r = row % OH * STRIDE + down;
        if r >= H {
            continue;
        }
        let x_at = ((picture * GROUPS * C_IN + channel) * H + r) * W;
        let dy_at = ((picture * GROUPS * C_OUT + out_channel) * OH + row % OH) * OW;
        // Row by row: short chains of additions.
        var sum = 0.0;
        for (var j = 0u; j < OW; j++) {
            let q = j * STRIDE + across;
            if q < W {
                sum += dy[dy_at + j] * x[x_at + q];
            }
        }
        total += sum;
    }
    y[i] = epilogue(total, i);
}
