// Tiles of a picture for Winograd's convolution, F(2 × 2, 3 × 3): v = Bᵀ d B of the 4 × 4 inputs behind 2 × 2 outputs, one tile
// of one channel per invocation. Twin: src/graph/op/conv2d/winograd.rs
// x [BATCH, C_IN, H, W] → y [16, C_IN, TILES]; the tiles of all pictures, DOWN × ACROSS each, and some beyond the last.

const C_IN: u32 = 3u;
const H: u32 = 9u;
const W: u32 = 9u;
const TOP: u32 = 1u;
const LEFT: u32 = 1u;
const DOWN: u32 = 5u;
const ACROSS: u32 = 5u;
const BATCH: u32 = 1u;
const TILES: u32 = 28u;

const COUNT: u32 = C_IN * TILES;

@group(0) @binding(0) var<storage, read_write> y: array<f32>;
@group(0) @binding(1) var<storage, read> x: array<f32>;

// Along one side of a tile.
fn along(d: vec4<f32>) -> vec4<f32> {
    return vec4<f32>(d.x - d.z, d.y + d.z, d.z - d.y, d.y - d.w);
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = id.x + id.y * groups.x * 64u;
    if i >= COUNT {
        return;
    }
    let channel = i / TILES;
    // What lies beyond the last tile computes it again.
    let tile = min(i % TILES, BATCH * DOWN * ACROSS - 1u);
    let line = tile / ACROSS;
    let base = (line / DOWN * C_IN + channel) * H * W;
    // Above and left of the picture these wrap round and are too large as well.
    let r = line % DOWN * 2u - TOP;
    let q = tile % ACROSS * 2u - LEFT;
    let columns = vec4<u32>(q, q + 1u, q + 2u, q + 3u);
    let seen = columns < vec4<u32>(W);
    let at = select(vec4<u32>(), columns, seen);
    let mask = select(vec4<f32>(), vec4<f32>(1.0), seen);
    var rows: mat4x4<f32>;
    for (var k = 0u; k < 4u; k++) {
        let inside = r + k < H;
        let start = base + select(0u, (r + k) * W, inside);
        let taps = vec4<f32>(x[start + at.x], x[start + at.y], x[start + at.z], x[start + at.w]);
        rows[k] = along(taps * (mask * f32(inside)));
    }
    let down = transpose(rows);
    let v = transpose(mat4x4<f32>(along(down[0]), along(down[1]), along(down[2]), along(down[3])));
    for (var k = 0u; k < 4u; k++) {
        let to = i + 4u * k * COUNT;
        y[to] = v[k].x;
        y[to + COUNT] = v[k].y;
        y[to + 2u * COUNT] = v[k].z;
        y[to + 3u * COUNT] = v[k].w;
    }
}
