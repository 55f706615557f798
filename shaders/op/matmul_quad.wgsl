// Matrix product without workgroup memory: 16 rows × 4 columns per invocation, in registers. The four invocations of a quad work
// on the same rows; each loads a quarter of them and shows it to the others. For software adapters with subgroups, where a
// load is what costs. Twin: src/graph/op/matmul.rs
// a [BATCH, M, K] · b [BATCH, K, N] → y [BATCH, M, N]; a stride of 0 shares one matrix among batches; with A_COLUMNS a is
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
// Whether K is no multiple of four.
const TAIL: u32 = 0u;

const BLOCKS: u32 = (M + 15u) / 16u;
// Columns by fours, and those by fours again: the lanes of a quad never part.
const QUADS: u32 = (N + 15u) / 16u * 4u;

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

// The lane's part of four rows of a and four terms; of the last four, some may be none.
fn quarter(at: u32, k: u32, lane: u32) -> vec4<f32> {
    let part = read_a(at);
    if TAIL == 0u {
        return part;
    }
    if A_COLUMNS == 1u {
        return select(vec4<f32>(), part, k + lane < K);
    }
    return select(vec4<f32>(), part, vec4<u32>(k, k + 1u, k + 2u, k + 3u) < vec4<u32>(K));
}

// Four rows from the parts of the lanes.
fn rows(part: vec4<f32>) -> mat4x4<f32> {
    let all = mat4x4<f32>(
        quadBroadcast(part, 0u), quadBroadcast(part, 1u), quadBroadcast(part, 2u), quadBroadcast(part, 3u));
    if A_COLUMNS == 1u {
        return transpose(all);
    }
    return all;
}

// Four terms of four columns of b.
fn terms(at: u32, row: u32) -> mat4x4<f32> {
    let all = mat4x4<f32>(read_b(at), read_b(at + row), read_b(at + 2u * row), read_b(at + 3u * row));
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

// Where the lane's part of four rows begins.
fn start(row: u32, lane: u32) -> u32 {
    if A_COLUMNS == 1u {
        return lane * A_ROW + min(row, (M - 1u) / 4u * 4u) / A_UNIT;
    }
    return min(row + lane, M - 1u) * A_ROW;
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = id.x + id.y * groups.x * 64u;
    let lane = i % 4u;
    let column = i % QUADS * 4u;
    let row = i / QUADS % BLOCKS * 16u;
    let batch = i / (QUADS * BLOCKS);

    // Rows, columns and batches beyond the last compute the last one again and do not store it.
    var a_at = min(batch, BATCH - 1u) * (A_STRIDE / A_UNIT);
    let r0 = start(row, lane);
    let r1 = start(row + 4u, lane);
    let r2 = start(row + 8u, lane);
    let r3 = start(row + 12u, lane);
    let b_column = min(column, (N - 1u) / 4u * 4u);
    var b_at = min(batch, BATCH - 1u) * (B_STRIDE / B_UNIT) + select(b_column / B_UNIT, b_column * B_ROW, B_COLUMNS == 1u);

    let a_step = A_STEP;
    let b_step = B_STEP;
    let b_row = B_ROW;
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
    for (var k = 0u; k < K; k += 4u) {
        let right = terms(b_at, b_row);
        let m0 = rows(quarter(a_at + r0, k, lane));
        y0 += times(m0[0], right);
        y1 += times(m0[1], right);
        y2 += times(m0[2], right);
        y3 += times(m0[3], right);
        let m1 = rows(quarter(a_at + r1, k, lane));
        y4 += times(m1[0], right);
        y5 += times(m1[1], right);
        y6 += times(m1[2], right);
        y7 += times(m1[3], right);
        let m2 = rows(quarter(a_at + r2, k, lane));
        y8 += times(m2[0], right);
        y9 += times(m2[1], right);
        y10 += times(m2[2], right);
        y11 += times(m2[3], right);
        let m3 = rows(quarter(a_at + r3, k, lane));
        y12 += times(m3[0], right);
        y13 += times(m3[1], right);
        y14 += times(m3[2], right);
        y15 += times(m3[3], right);
        a_at += a_step;
        b_at += b_step;
    }

    // A loop: written out, the stores take three quarters of the time to compile.
    var found = array<vec4<f32>, 16>(y0, y1, y2, y3, y4, y5, y6, y7, y8, y9, y10, y11, y12, y13, y14, y15);
    for (var r = 0u; r < 16u; r++) {
        store(row + r, column, batch, found[r]);
    }
}
