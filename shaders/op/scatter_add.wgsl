// Elements or whole slices added up along one dimension at an index each. Every output adds what belongs to it, in order: no
// atomics, the same sum on every run. Twin: src/graph/op/scatter_add.rs
// ids [outer, LEN, INNER], or [LEN] for slices; where LISTED, the lists that scatter_lists.wgsl makes of them.
// x [outer, LEN, INNER] → y [outer, EXTENT, INNER]; an index beyond the end is the last place's.

const COUNT: u32 = 8u;
const EXTENT: u32 = 4u;
const LEN: u32 = 3u;
const INNER: u32 = 1u;
const PER_ELEMENT: u32 = 1u;
const LISTED: u32 = 0u;

@group(0) @binding(0) var<storage, read_write> y: array<f32>;
@group(0) @binding(1) var<storage, read> ids: array<u32>;
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
    let outer = i / (EXTENT * INNER);
    let base = outer * (LEN * INNER) + i % INNER;
    let step = select(1u, INNER, PER_ELEMENT == 1u);
    var sum = 0.0;
    if LISTED == 1u {
        let heads = select(0u, outer * (EXTENT + LEN) * INNER + i % INNER, PER_ELEMENT == 1u);
        let links = heads + EXTENT * step;
        for (var k = ids[heads + at * step]; k < LEN; k = ids[links + k * step]) {
            sum += x[base + k * INNER];
        }
    } else {
        let first = select(0u, base, PER_ELEMENT == 1u);
        for (var k = 0u; k < LEN; k++) {
            if min(ids[first + k * step], EXTENT - 1u) == at {
                sum += x[base + k * INNER];
            }
        }
    }
    y[i] = epilogue(sum, i);
}
