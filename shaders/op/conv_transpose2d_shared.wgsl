// Input gradient of a strided convolution with workgroup memory: 64 channels × 64 pixels per workgroup, 16 output channels of
// one tap at a time, 4 × 4 results per invocation. The pixels of a workgroup leave the same remainders by the stride, so that
// the taps which meet one meet all, and no zero is multiplied. For GPUs with fast barriers.
// Twin: src/graph/op/conv_transpose2d.rs
// dy [BATCH, GROUPS·C_OUT, OH, OW] · w [GROUPS, KH, KW, C_OUT, C_IN] → y [BATCH, GROUPS·C_IN, H, W]; C_IN is a multiple of 4.

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
const TILES: u32 = (CELLS + 63u) / 64u;
const STEP: u32 = 16u;

@group(0) @binding(0) var<storage, read_write> y: array<f32>;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read> w: array<vec4<f32>>;

//:slot epilogue
fn epilogue(v: f32, i: u32) -> f32 {
    return v;
}
//:end

// [output channel][quad of channels], [output channel][quad of cells]
var<workgroup> w_tile: array<array<vec4<f32>, 16>, STEP>;
var<workgroup> dy_tile: array<array<vec4<f32>, 16>, STEP>;

// Where in its plane the output pixel lies that sees a cell through a tap; OH·OW if there is none.
fn seen_by(cell: u32, first_row: u32, first_column: u32, down: u32, across: u32) -> u32 {
    // Above and left of the first output the differences wrap round and are too large as well.
    let i = (cell / CELLS_W * STRIDE + first_row + TOP - down) / STRIDE;
    let j = (cell % CELLS_W * STRIDE + first_column + LEFT - across) / STRIDE;
    return select(OH * OW, i * OW + j, cell < CELLS && i < OH && j < OW);
}

fn gradient(channel: u32, held: bool, at: u32) -> f32 {
    let inside = held && at < OH * OW;
    return select(0.0, dy[select(0u, channel * OH * OW + at, inside)], inside);
}

fn put(channel: u32, place: u32, cell: u32, first_row: u32, first_column: u32, v: f32) {
    let row = cell / CELLS_W * STRIDE + first_row;
    let column = cell % CELLS_W * STRIDE + first_column;
    if channel < C_IN && cell < CELLS && row < H && column < W {
        let i = ((place * C_IN + channel) * H + row) * W + column;
        y[i] = epilogue(v, i);
    }
}

fn store(channel: u32, place: u32, cell: u32, first_row: u32, first_column: u32, v: vec4<f32>) {
    put(channel, place, cell, first_row, first_column, v.x);
    put(channel, place, cell + 1u, first_row, first_column, v.y);
    put(channel, place, cell + 2u, first_row, first_column, v.z);
    put(channel, place, cell + 3u, first_row, first_column, v.w);
}

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) tile: vec3<u32>, @builtin(local_invocation_index) local: u32) {
    let place = tile.z;
    let group = place % GROUPS;
    let first_row = tile.x / TILES / STRIDE;
    let first_column = tile.x / TILES % STRIDE;
    let across = local % 16u;
    let down = local / 16u;
    let cell = tile.x % TILES * 64u + across * 4u;
    let channel = tile.y * 64u + down * 4u;
    // In loading, `down` is the output channel and `across` the quad of channels or cells.
    let quad = tile.y * 16u + across;

    var a0 = vec4<f32>();
    var a1 = vec4<f32>();
    var a2 = vec4<f32>();
    var a3 = vec4<f32>();
    for (var u = 0u; u < KH; u++) {
        if (first_row + TOP) % STRIDE != u * DILATION % STRIDE {
            continue;
        }
        for (var v = 0u; v < KW; v++) {
            if (first_column + LEFT) % STRIDE != v * DILATION % STRIDE {
                continue;
            }
            let i0 = seen_by(cell, first_row, first_column, u * DILATION, v * DILATION);
            let i1 = seen_by(cell + 1u, first_row, first_column, u * DILATION, v * DILATION);
            let i2 = seen_by(cell + 2u, first_row, first_column, u * DILATION, v * DILATION);
            let i3 = seen_by(cell + 3u, first_row, first_column, u * DILATION, v * DILATION);
            for (var first = 0u; first < C_OUT; first += STEP) {
                let o = first + down;
                let held = o < C_OUT;
                let w_at = (((group * KH + u) * KW + v) * C_OUT + o) * (C_IN / 4u) + quad;
                let w_held = held && quad < C_IN / 4u;
                w_tile[down][across] = select(vec4<f32>(), w[select(0u, w_at, w_held)], w_held);
                let plane = place * C_OUT + o;
                dy_tile[down][across] = vec4<f32>(
                    gradient(plane, held, i0), gradient(plane, held, i1),
                    gradient(plane, held, i2), gradient(plane, held, i3));
                workgroupBarrier();
                for (var t = 0u; t < STEP; t++) {
                    let weights = w_tile[t][down];
                    let seen = dy_tile[t][across];
                    a0 += weights.x * seen;
                    a1 += weights.y * seen;
                    a2 += weights.z * seen;
                    a3 += weights.w * seen;
                }
                workgroupBarrier();
            }
        }
    }

    store(channel, place, cell, first_row, first_column, a0);
    store(channel + 1u, place, cell, first_row, first_column, a1);
    store(channel + 2u, place, cell, first_row, first_column, a2);
    store(channel + 3u, place, cell, first_row, first_column, a3);
}
