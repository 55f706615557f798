// Matrix product without workgroup memory: 8 rows × 4 columns per invocation, in registers. For software adapters, where a
// barrier costs more than the loads it saves. Twin: src/graph/op/matmul.rs
// a [BATCH, M, K] · b [BATCH, K, N] → y [BATCH, M, N]; K is a multiple of 4; a stride of 0 shares one matrix among batches; with
// A_COLUMNS a is [BATCH, K, M], with B_COLUMNS b is [BATCH, N, K].

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

const OCTETS: u32 = (M + 7u) / 8u;
const QUADS: u32 = (N + 3u) / 4u;

@group(0) @binding(0) var<storage, read_write> y: array<f32>;

//:lib matmul_operands
//:slot read_a
const A_UNIT: u32 = 1u;
@group(0) @binding(1) var<storage, read> a: array<f32>;
fn read_a(i: u32) -> vec4<f32> {
    return vec4<f32>(a[i], a[i + 1u], a[i + 2u], a[i + 3u]);
}
//:end

//:slot read_b
const B_UNIT: u32 = 1u;
@group(0) @binding(2) var<storage, read> b: array<f32>;
fn read_b(i: u32) -> vec4<f32> {
    return vec4<f32>(b[i], b[i + 1u], b[i + 2u], b[i + 3u]);
}
//:end

// From four terms to the next four, in units of what a and b are read by.
const A_STEP: u32 = select(4u, 4u * M, A_COLUMNS == 1u) / A_UNIT;
const B_STEP: u32 = select(4u * N, 4u, B_COLUMNS == 1u) / B_UNIT;
// From one row of the tensors to the next.
const A_ROW: u32 = select(K, M, A_COLUMNS == 1u) / A_UNIT;
const B_ROW: u32 = select(N, K, B_COLUMNS == 1u) / B_UNIT;
//:lib end

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

// Four rows of a and four terms. Rows beyond the last compute the last one again and do not store it.
fn rows(at: u32, row: u32) -> mat4x4<f32> {
    if A_COLUMNS == 1u {
        let r = at + min(row, (M - 1u) / 4u * 4u) / A_UNIT;
        return transpose(mat4x4<f32>(read_a(r), read_a(r + A_ROW), read_a(r + 2u * A_ROW), read_a(r + 3u * A_ROW)));
    }
    return mat4x4<f32>(
        read_a(at + min(row, M - 1u) * A_ROW), read_a(at + min(row + 1u, M - 1u) * A_ROW),
        read_a(at + min(row + 2u, M - 1u) * A_ROW), read_a(at + min(row + 3u, M - 1u) * A_ROW));
}

// Four terms of four columns of b.
fn terms(at: u32) -> mat4x4<f32> {
    let all = mat4x4<f32>(read_b(at), read_b(at + B_ROW), read_b(at + 2u * B_ROW), read_b(at + 3u * B_ROW));
    if B_COLUMNS == 1u {
        return transpose(all);
    }
    return all;
}

//:lib matmul_times
fn times(four: vec4<f32>, by: mat4x4<f32>) -> vec4<f32> {
    return four.x * by[0] + four.y * by[1] + four.z * by[2] + four.w * by[3];
}
//:lib end

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = id.x + id.y * groups.x * 64u;
    if i >= BATCH * OCTETS * QUADS {
        return;
    }
    let column = i % QUADS * 4u;
    let row = i / QUADS % OCTETS * 8u;
    let batch = i / (QUADS * OCTETS);
    var a_at = batch * (A_STRIDE / A_UNIT);
    var b_at = batch * (B_STRIDE / B_UNIT) + select(column / B_UNIT, column * B_ROW, B_COLUMNS == 1u);

    var y0 = vec4<f32>();
    var y1 = vec4<f32>();
    var y2 = vec4<f32>();
    var y3 = vec4<f32>();
    var y4 = vec4<f32>();
    var y5 = vec4<f32>();
    var y6 = vec4<f32>();
    var y7 = vec4<f32>();
    for (var k = 0u; k < K; k += 4u) {
        let right = terms(b_at);
        let upper = rows(a_at, row);
        let lower = rows(a_at, row + 4u);
        y0 += times(upper[0], right);
        y1 += times(upper[1], right);
        y2 += times(upper[2], right);
        y3 += times(upper[3], right);
        y4 += times(lower[0], right);
        y5 += times(lower[1], right);
        y6 += times(lower[2], right);
        y7 += times(lower[3], right);
        a_at += A_STEP;
        b_at += B_STEP;
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
