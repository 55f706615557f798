// Matrix product, one output per invocation: for single rows and odd depths. Twin: src/graph/op/matmul.rs
// a [BATCH, M, K] · b [BATCH, K, N] → y [BATCH, M, N]; a stride of 0 shares one matrix among all batches; with A_COLUMNS a is
// [BATCH, K, M], with B_COLUMNS b is [BATCH, N, K].

const BATCH: u32 = 1u;
const M: u32 = 1u;
const N: u32 = 8u;
const K: u32 = 4u;
const A_STRIDE: u32 = 4u;
const B_STRIDE: u32 = 32u;
const A_COLUMNS: u32 = 0u;
const B_COLUMNS: u32 = 0u;

// From one term to the next.
const A_STEP: u32 = select(1u, M, A_COLUMNS == 1u);
const B_STEP: u32 = select(N, 1u, B_COLUMNS == 1u);

@group(0) @binding(0) var<storage, read_write> y: array<f32>;
@group(0) @binding(1) var<storage, read> a: array<f32>;
@group(0) @binding(2) var<storage, read> b: array<f32>;

//:slot epilogue
fn epilogue(v: f32, i: u32) -> f32 {
    return v;
}
//:end

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = id.x + id.y * groups.x * 64u;
    if i >= BATCH * M * N {
        return;
    }
    let batch = i / (M * N);
    let a_at = batch * A_STRIDE + i / N % M * select(K, 1u, A_COLUMNS == 1u);
    let b_at = batch * B_STRIDE + i % N * select(1u, K, B_COLUMNS == 1u);
    // Four partial sums: shorter chains of additions, smaller rounding errors.
    var sum = vec4<f32>();
    var k = 0u;
    for (; k + 4u <= K; k += 4u) {
        let l = a_at + k * A_STEP;
        let r = b_at + k * B_STEP;
        let left = vec4<f32>(a[l], a[l + A_STEP], a[l + 2u * A_STEP], a[l + 3u * A_STEP]);
        sum += left * vec4<f32>(b[r], b[r + B_STEP], b[r + 2u * B_STEP], b[r + 3u * B_STEP]);
    }
    for (; k < K; k++) {
        sum.x += a[a_at + k * A_STEP] * b[b_at + k * B_STEP];
    }
    y[i] = epilogue(sum.x + sum.y + (sum.z + sum.w), i);
}
