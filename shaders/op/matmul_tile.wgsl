// Matrix product without workgroup memory: 8 rows × 4 columns per invocation, in registers. For software adapters, where a
// barrier costs more than the loads it saves. Twin: src/graph/op/matmul.rs
// a [BATCH, M, K] · b [BATCH, K, N] → y [BATCH, M, N]; K is a multiple of 4; a stride of 0 shares one matrix among batches.

const BATCH: u32 = 1u;
const M: u32 = 8u;
const N: u32 = 8u;
const K: u32 = 4u;
const A_STRIDE: u32 = 32u;
const B_STRIDE: u32 = 32u;

const OCTETS: u32 = (M + 7u) / 8u;
const QUADS: u32 = (N + 3u) / 4u;

@group(0) @binding(0) var<storage, read_write> y: array<f32>;
@group(0) @binding(1) var<storage, read> a: array<vec4<f32>>;

//:slot read_b
@group(0) @binding(2) var<storage, read> b: array<f32>;
fn read_b(i: u32) -> vec4<f32> {
    return vec4<f32>(b[i], b[i + 1u], b[i + 2u], b[i + 3u]);
}
//:end

//:slot epilogue
fn epilogue(v: f32, i: u32) -> f32 {
    return v;
}
//:end

fn store(row: u32, column: u32, batch: u32, v: vec4<f32>) {
    if row >= M {
        return;
    }
    let i = (batch * M + row) * N + column;
    y[i] = epilogue(v.x, i);
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

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = id.x + id.y * groups.x * 64u;
    if i >= BATCH * OCTETS * QUADS {
        return;
    }
    let column = i % QUADS * 4u;
    let row = i / QUADS % OCTETS * 8u;
    let batch = i / (QUADS * OCTETS);

    // Rows beyond the last compute the last one again and do not store it.
    let a_base = batch * (A_STRIDE / 4u);
    let r0 = a_base + row * (K / 4u);
    let r1 = a_base + min(row + 1u, M - 1u) * (K / 4u);
    let r2 = a_base + min(row + 2u, M - 1u) * (K / 4u);
    let r3 = a_base + min(row + 3u, M - 1u) * (K / 4u);
    let r4 = a_base + min(row + 4u, M - 1u) * (K / 4u);
    let r5 = a_base + min(row + 5u, M - 1u) * (K / 4u);
    let r6 = a_base + min(row + 6u, M - 1u) * (K / 4u);
    let r7 = a_base + min(row + 7u, M - 1u) * (K / 4u);

    var y0 = vec4<f32>();
    var y1 = vec4<f32>();
    var y2 = vec4<f32>();
    var y3 = vec4<f32>();
    var y4 = vec4<f32>();
    var y5 = vec4<f32>();
    var y6 = vec4<f32>();
    var y7 = vec4<f32>();
    var b_at = batch * B_STRIDE + column;
    for (var k = 0u; k < K / 4u; k++) {
        let b0 = read_b(b_at);
        let b1 = read_b(b_at + N);
        let b2 = read_b(b_at + 2u * N);
        let b3 = read_b(b_at + 3u * N);
        b_at += 4u * N;
        let a0 = a[r0 + k];
        y0 += a0.x * b0 + a0.y * b1 + a0.z * b2 + a0.w * b3;
        let a1 = a[r1 + k];
        y1 += a1.x * b0 + a1.y * b1 + a1.z * b2 + a1.w * b3;
        let a2 = a[r2 + k];
        y2 += a2.x * b0 + a2.y * b1 + a2.z * b2 + a2.w * b3;
        let a3 = a[r3 + k];
        y3 += a3.x * b0 + a3.y * b1 + a3.z * b2 + a3.w * b3;
        let a4 = a[r4 + k];
        y4 += a4.x * b0 + a4.y * b1 + a4.z * b2 + a4.w * b3;
        let a5 = a[r5 + k];
        y5 += a5.x * b0 + a5.y * b1 + a5.z * b2 + a5.w * b3;
        let a6 = a[r6 + k];
        y6 += a6.x * b0 + a6.y * b1 + a6.z * b2 + a6.w * b3;
        let a7 = a[r7 + k];
        y7 += a7.x * b0 + a7.y * b1 + a7.z * b2 + a7.w * b3;
    }

    store(row, column, batch, y0);
    store(row + 1u, column, batch, y1);
    store(row + 2u, column, batch, y2);
    store(row + 3u, column, batch, y3);
    store(row + 4u, column, batch, y4);
    store(row + 5u, column, batch, y5);
    store(row + 6u, column, batch, y6);
    store(row + 7u, column, batch, y7);
}
