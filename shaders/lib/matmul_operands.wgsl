// How a and b are read: by fours, where they lie so.

const BATCH: u32 = 1u;
const M: u32 = 8u;
const N: u32 = 8u;
const K: u32 = 4u;
const A_STRIDE: u32 = 32u;
const B_STRIDE: u32 = 32u;
const A_COLUMNS: u32 = 0u;
const B_COLUMNS: u32 = 0u;

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
