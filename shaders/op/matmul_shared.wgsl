// Matrix product with workgroup memory: 64 × 64 outputs per workgroup, 16 terms at a time, 4 × 4 outputs per invocation.
// For GPUs with fast barriers. Twin: src/graph/op/matmul.rs
// a [BATCH, M, K] · b [BATCH, K, N] → y [BATCH, M, N]; a stride of 0 shares one matrix among all batches; with A_COLUMNS a is
// [BATCH, K, M], with B_COLUMNS b is [BATCH, N, K].

//:lib matmul_shape
const BATCH: u32 = 1u;
const M: u32 = 8u;
const N: u32 = 8u;
const K: u32 = 4u;
const A_STRIDE: u32 = 32u;
const B_STRIDE: u32 = 32u;
const A_COLUMNS: u32 = 0u;
const B_COLUMNS: u32 = 0u;
//:lib end

const STEP: u32 = 16u;

@group(0) @binding(0) var<storage, read_write> y: array<f32>;
@group(0) @binding(1) var<storage, read> a: array<f32>;
@group(0) @binding(2) var<storage, read> b: array<f32>;

//:slot epilogue
fn epilogue(v: f32, i: u32) -> f32 {
    return v;
}
//:end

// [term][quad of rows], [term][quad of columns]
var<workgroup> a_tile: array<array<vec4<f32>, 16>, STEP>;
var<workgroup> b_tile: array<array<vec4<f32>, 16>, STEP>;

fn read_a(base: u32, row: u32, k: u32) -> f32 {
    let held = row < M && k < K;
    let at = select(row * K + k, k * M + row, A_COLUMNS == 1u);
    return select(0.0, a[select(0u, base + at, held)], held);
}

fn read_b(base: u32, k: u32, column: u32) -> f32 {
    let held = column < N && k < K;
    let at = select(k * N + column, column * K + k, B_COLUMNS == 1u);
    return select(0.0, b[select(0u, base + at, held)], held);
}

fn four_a(base: u32, row: u32, k: u32) -> vec4<f32> {
    return vec4<f32>(read_a(base, row, k), read_a(base, row + 1u, k), read_a(base, row + 2u, k), read_a(base, row + 3u, k));
}

fn four_b(base: u32, k: u32, column: u32) -> vec4<f32> {
    return vec4<f32>(
        read_b(base, k, column), read_b(base, k, column + 1u), read_b(base, k, column + 2u), read_b(base, k, column + 3u));
}

fn store(row: u32, column: u32, batch: u32, v: vec4<f32>) {
    if row >= M {
        return;
    }
    let i = (batch * M + row) * N + column;
    if column < N {
        y[i] = epilogue(v.x, i);
    }
    if column + 1u < N {
        y[i + 1u] = epilogue(v.y, i + 1u);
    }
    if column + 2u < N {
        y[i + 2u] = epilogue(v.z, i + 2u);
    }
    if column + 3u < N {
        y[i + 3u] = epilogue(v.w, i + 3u);
    }
}

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) tile: vec3<u32>, @builtin(local_invocation_index) local: u32) {
    let batch = tile.z;
    let across = local % 16u;
    let down = local / 16u;
    let row = tile.y * 64u + down * 4u;
    let column = tile.x * 64u + across * 4u;
    let a_base = batch * A_STRIDE;
    let b_base = batch * B_STRIDE;

    var y0 = vec4<f32>();
    var y1 = vec4<f32>();
    var y2 = vec4<f32>();
    var y3 = vec4<f32>();
    for (var first = 0u; first < K; first += STEP) {
        // Neighbours read neighbouring elements: along the terms where those lie one after another, else along rows or columns.
        let of_a = select(vec2<u32>(across, down), vec2<u32>(down, across), A_COLUMNS == 1u);
        a_tile[of_a.x][of_a.y] = four_a(a_base, tile.y * 64u + of_a.y * 4u, first + of_a.x);
        let of_b = select(vec2<u32>(down, across), vec2<u32>(across, down), B_COLUMNS == 1u);
        b_tile[of_b.x][of_b.y] = four_b(b_base, first + of_b.x, tile.x * 64u + of_b.y * 4u);
        workgroupBarrier();
        for (var s = 0u; s < STEP; s++) {
            let left = a_tile[s][down];
            let right = b_tile[s][across];
            y0 += left.x * right;
            y1 += left.y * right;
            y2 += left.z * right;
            y3 += left.w * right;
        }
        workgroupBarrier();
    }

    store(row, column, batch, y0);
    store(row + 1u, column, batch, y1);
    store(row + 2u, column, batch, y2);
    store(row + 3u, column, batch, y3);
}
