// Filters of 3 × 3 taps transformed for Winograd's convolution, F(2 × 2, 3 × 3): G g Gᵀ, one filter per invocation.
// Twin: src/graph/op/conv2d/winograd.rs
// w, read by source as [COUNT, 9] → y [16, COUNT]

const COUNT: u32 = 16u;

@group(0) @binding(0) var<storage, read_write> y: array<f32>;
@group(0) @binding(1) var<storage, read> w: array<f32>;

//:slot source
fn source(i: u32) -> u32 {
    return i;
}
//:end

// Along one side of a filter.
fn along(g: vec3<f32>) -> vec4<f32> {
    return vec4<f32>(g.x, 0.5 * (g.x + g.y + g.z), 0.5 * (g.x - g.y + g.z), g.z);
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = id.x + id.y * groups.x * 64u;
    if i >= COUNT {
        return;
    }
    var rows: mat3x4<f32>;
    for (var k = 0u; k < 3u; k++) {
        let first = 9u * i + 3u * k;
        rows[k] = along(vec3<f32>(w[source(first)], w[source(first + 1u)], w[source(first + 2u)]));
    }
    let down = transpose(rows);
    let u = transpose(mat4x4<f32>(along(down[0]), along(down[1]), along(down[2]), along(down[3])));
    for (var k = 0u; k < 4u; k++) {
        let to = i + 4u * k * COUNT;
        y[to] = u[k].x;
        y[to + COUNT] = u[k].y;
        y[to + 2u * COUNT] = u[k].z;
        y[to + 3u * COUNT] = u[k].w;
    }
}
