// Matrix product without workgroup memory: 16 rows × 4 columns per invocation, in registers. The four invocations of a quad work
// on the same rows; each loads a quarter of them and shows it to the others. For software adapters with subgroups, where a
// load is what costs. Twin: src/graph/op/matmul.rs
// a [BATCH, M, K] · b [BATCH, K, N] → y [BATCH, M, N]; K is a multiple of 4; a stride of 0 shares one matrix among batches.

const BATCH: u32 = 1u;
const M: u32 = 8u;
const N: u32 = 8u;
const K: u32 = 4u;
const A_STRIDE: u32 = 32u;
const B_STRIDE: u32 = 32u;

const BLOCKS: u32 = (M + 15u) / 16u;
// Columns by fours, and those by fours again: the lanes of a quad never part.
const QUADS: u32 = (N + 15u) / 16u * 4u;

@group(0) @binding(0) var<storage, read_write> y: array<f32>;
@group(0) @binding(1) var<storage, read> a: array<vec4<f32>>;

//:slot read_b
@group(0) @binding(2) var<storage, read> b: array<f32>;
fn read_b(i: u32) -> vec4<f32> {
    return vec4<f32>(b[i], b[i + 1u], b[i + 2u], b[i + 3u]);
}
//:end

//:slot epilogue
fn epilogue(v: f32, i: u32, row: u32, column: u32) -> f32 {
    return v;
}
//:end

fn store(row: u32, column: u32, batch: u32, v: vec4<f32>) {
    if row >= M || column >= N || batch >= BATCH {
        return;
    }
    let r = batch * M + row;
    let i = r * N + column;
    y[i] = epilogue(v.x, i, r, column);
    if column + 1u < N {
        y[i + 1u] = epilogue(v.y, i + 1u, r, column + 1u);
    }
    if column + 2u < N {
        y[i + 2u] = epilogue(v.z, i + 2u, r, column + 2u);
    }
    if column + 3u < N {
        y[i + 3u] = epilogue(v.w, i + 3u, r, column + 3u);
    }
}

fn times(a: vec4<f32>, b0: vec4<f32>, b1: vec4<f32>, b2: vec4<f32>, b3: vec4<f32>) -> vec4<f32> {
    return a.x * b0 + a.y * b1 + a.z * b2 + a.w * b3;
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = id.x + id.y * groups.x * 64u;
    let lane = i % 4u;
    let column = i % QUADS * 4u;
    let row = i / QUADS % BLOCKS * 16u;
    let batch = i / (QUADS * BLOCKS);

    // Rows, columns and batches beyond the last compute the last one again and do not store it.
    let a_base = min(batch, BATCH - 1u) * (A_STRIDE / 4u);
    let r0 = a_base + min(row + lane, M - 1u) * (K / 4u);
    let r1 = a_base + min(row + 4u + lane, M - 1u) * (K / 4u);
    let r2 = a_base + min(row + 8u + lane, M - 1u) * (K / 4u);
    let r3 = a_base + min(row + 12u + lane, M - 1u) * (K / 4u);
    var b_at = min(batch, BATCH - 1u) * B_STRIDE + min(column, (N - 1u) / 4u * 4u);

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
    for (var k = 0u; k < K / 4u; k++) {
        let b0 = read_b(b_at);
        let b1 = read_b(b_at + N);
        let b2 = read_b(b_at + 2u * N);
        let b3 = read_b(b_at + 3u * N);
        b_at += 4u * N;
        let a0 = a[r0 + k];
        y0 += times(quadBroadcast(a0, 0u), b0, b1, b2, b3);
        y1 += times(quadBroadcast(a0, 1u), b0, b1, b2, b3);
        y2 += times(quadBroadcast(a0, 2u), b0, b1, b2, b3);
        y3 += times(quadBroadcast(a0, 3u), b0, b1, b2, b3);
        let a1 = a[r1 + k];
        y4 += times(quadBroadcast(a1, 0u), b0, b1, b2, b3);
        y5 += times(quadBroadcast(a1, 1u), b0, b1, b2, b3);
        y6 += times(quadBroadcast(a1, 2u), b0, b1, b2, b3);
        y7 += times(quadBroadcast(a1, 3u), b0, b1, b2, b3);
        let a2 = a[r2 + k];
        y8 += times(quadBroadcast(a2, 0u), b0, b1, b2, b3);
        y9 += times(quadBroadcast(a2, 1u), b0, b1, b2, b3);
        y10 += times(quadBroadcast(a2, 2u), b0, b1, b2, b3);
        y11 += times(quadBroadcast(a2, 3u), b0, b1, b2, b3);
        let a3 = a[r3 + k];
        y12 += times(quadBroadcast(a3, 0u), b0, b1, b2, b3);
        y13 += times(quadBroadcast(a3, 1u), b0, b1, b2, b3);
        y14 += times(quadBroadcast(a3, 2u), b0, b1, b2, b3);
        y15 += times(quadBroadcast(a3, 3u), b0, b1, b2, b3);
    }

    // A loop: written out, the stores take three quarters of the time to compile.
    var found = array<vec4<f32>, 16>(y0, y1, y2, y3, y4, y5, y6, y7, y8, y9, y10, y11, y12, y13, y14, y15);
    for (var r = 0u; r < 16u; r++) {
        store(row + r, column, batch, found[r]);
    }
}
