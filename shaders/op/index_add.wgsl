// Whole slices added up along one dimension. Every output adds what belongs to it, in order: no atomics, the same sum on every
// run. Twin: src/graph/op/index_add.rs
// lists [EXTENT + LEN] as index_lists.wgsl makes them, x [outer, LEN, INNER] → y [outer, EXTENT, INNER]

const COUNT: u32 = 16u;
const EXTENT: u32 = 4u;
const LEN: u32 = 3u;
const INNER: u32 = 2u;

@group(0) @binding(0) var<storage, read_write> y: array<f32>;
@group(0) @binding(1) var<storage, read> lists: array<u32>;
@group(0) @binding(2) var<storage, read> x: array<f32>;

//:slot epilogue
fn epilogue(v: f32, i: u32) -> f32 {
    return v;
}
//:end

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = id.x + id.y * groups.x * 64u;
    if i >= COUNT {
        return;
    }
    let at = i / INNER % EXTENT;
    let base = i / (EXTENT * INNER) * (LEN * INNER) + i % INNER;
    var sum = 0.0;
    for (var k = lists[at]; k < LEN; k = lists[EXTENT + k]) {
        sum += x[base + k * INNER];
    }
    y[i] = epilogue(sum, i);
}
