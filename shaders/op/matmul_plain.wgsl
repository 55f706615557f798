// Matrix product, one output per invocation: for single rows and odd depths. Twin: src/graph/op/matmul.rs
// a [BATCH, M, K] · b [BATCH, K, N] → y [BATCH, M, N]; a stride of 0 shares one matrix among all batches.

const BATCH: u32 = 1u;
const M: u32 = 1u;
const N: u32 = 8u;
const K: u32 = 4u;
const A_STRIDE: u32 = 4u;
const B_STRIDE: u32 = 32u;

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
    let a_at = batch * A_STRIDE + i / N % M * K;
    let b_at = batch * B_STRIDE + i % N;
    // Four partial sums: shorter chains of additions, smaller rounding errors.
    var sum = vec4<f32>();
    var k = 0u;
    for (; k + 4u <= K; k += 4u) {
        let left = vec4<f32>(a[a_at + k], a[a_at + k + 1u], a[a_at + k + 2u], a[a_at + k + 3u]);
        let at = b_at + k * N;
        sum += left * vec4<f32>(b[at], b[at + N], b[at + 2u * N], b[at + 3u * N]);
    }
    for (; k < K; k++) {
        sum.x += a[a_at + k] * b[b_at + k * N];
    }
    y[i] = epilogue(sum.x + sum.y + (sum.z + sum.w), i);
}
