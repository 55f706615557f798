// Weight gradient of a convolution with workgroup memory: 64 filters × 64 of their weights per workgroup, 16 output pixels at a
// time, 4 × 4 results per invocation. The sum over all pictures is cut into SPLITS parts. For GPUs with fast barriers.
// Twin: src/graph/op/conv2d_weight.rs
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
const PIXELS: u32 = OH * OW;
const ALL: u32 = BATCH * PIXELS;
const STEP: u32 = 16u;
const SHARE: u32 = ((ALL + SPLITS - 1u) / SPLITS + STEP - 1u) / STEP * STEP;

@group(0) @binding(0) var<storage, read_write> y: array<f32>;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> dy: array<f32>;

//:slot epilogue
fn epilogue(v: f32, i: u32) -> f32 {
    return v;
}
//:end

// [pixel][quad of filters], [pixel][quad of weights]; one quad more than is used keeps neighbours in different banks.
var<workgroup> dy_tile: array<array<vec4<f32>, 17>, STEP>;
var<workgroup> x_tile: array<array<vec4<f32>, 17>, STEP>;

// Gradient of output pixel `p` of a picture, in filter `o` of a group.
fn gradient(place: u32, o: u32, p: u32, held: bool) -> f32 {
    let inside = held && o < C_OUT;
    return select(0.0, dy[select(0u, (place * C_OUT + o) * PIXELS + p, inside)], inside);
}

// What weight `n` of each filter of a group sees at an output pixel.
fn tap(place: u32, n: u32, top: u32, left: u32, held: bool) -> f32 {
    let row = top + n / KW % KH * DILATION - TOP;
    let column = left + n % KW * DILATION - LEFT;
    let inside = held && n < DEPTH && row < H && column < W;
    let at = ((place * C_IN + n / (KH * KW)) * H + row) * W + column;
    return select(0.0, x[select(0u, at, inside)], inside);
}

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

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) tile: vec3<u32>, @builtin(local_invocation_index) local: u32) {
    let group = tile.z % GROUPS;
    let split = tile.z / GROUPS;
    let across = local % 16u;
    let down = local / 16u;
    let row = tile.y * 64u + down * 4u;
    let column = tile.x * 64u + across * 4u;
    // In loading, `across` is the pixel, so that neighbours read neighbours, and `down` the quad of filters or weights.
    let n = tile.x * 64u + down * 4u;

    var y0 = vec4<f32>();
    var y1 = vec4<f32>();
    var y2 = vec4<f32>();
    var y3 = vec4<f32>();
    let end = min((split + 1u) * SHARE, ALL);
    for (var first = split * SHARE; first < end; first += STEP) {
        let k = first + across;
        let held = k < end;
        let place = k / PIXELS * GROUPS + group;
        let p = k % PIXELS;
        let top = p / OW * STRIDE;
        let left = p % OW * STRIDE;
        dy_tile[across][down] = vec4<f32>(
            gradient(place, row, p, held), gradient(place, row + 1u, p, held),
            gradient(place, row + 2u, p, held), gradient(place, row + 3u, p, held));
        x_tile[across][down] = vec4<f32>(
            tap(place, n, top, left, held), tap(place, n + 1u, top, left, held),
            tap(place, n + 2u, top, left, held), tap(place, n + 3u, top, left, held));
        workgroupBarrier();
        for (var t = 0u; t < STEP; t++) {
            let gradients = dy_tile[t][down];
            let seen = x_tile[t][across];
            y0 += gradients.x * seen;
            y1 += gradients.y * seen;
            y2 += gradients.z * seen;
            y3 += gradients.w * seen;
        }
        workgroupBarrier();
    }

    store(row, column, group, split, y0);
    store(row + 1u, column, group, split, y1);
    store(row + 2u, column, group, split, y2);
    store(row + 3u, column, group, split, y3);
}
