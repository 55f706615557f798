// The outputs of Winograd's convolution, F(2 × 2, 3 × 3): Aᵀ m A of every tile, one tile of one channel per invocation.
// Twin: src/graph/op/conv2d/winograd.rs
// m [16, C_OUT, TILES] → y [BATCH, C_OUT, OH, OW]; the tiles of all pictures, DOWN × ACROSS each, and some beyond the last.

const C_OUT: u32 = 16u;
const OH: u32 = 9u;
const OW: u32 = 9u;
const DOWN: u32 = 5u;
const ACROSS: u32 = 5u;
const BATCH: u32 = 1u;
const TILES: u32 = 28u;

const COUNT: u32 = C_OUT * TILES;
const PIXELS: u32 = OH * OW;

@group(0) @binding(0) var<storage, read_write> y: array<f32>;
@group(0) @binding(1) var<storage, read> m: array<f32>;

//:slot epilogue
fn epilogue(v: f32, i: u32, row: u32, column: u32) -> f32 {
    return v;
}
//:end

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = id.x + id.y * groups.x * 64u;
    let tile = i % TILES;
    if i >= COUNT || tile >= BATCH * DOWN * ACROSS {
        return;
    }
    let line = tile / ACROSS;
    let plane = line / DOWN * C_OUT + i / TILES;
    let r = line % DOWN * 2u;
    let q = tile % ACROSS * 2u;
    var upper = vec4<f32>();
    var lower = vec4<f32>();
    for (var k = 0u; k < 4u; k++) {
        let at = i + 4u * k * COUNT;
        let row = vec4<f32>(m[at], m[at + COUNT], m[at + 2u * COUNT], m[at + 3u * COUNT]);
        upper += row * select(1.0, 0.0, k == 3u);
        lower += row * select(select(1.0, -1.0, k >= 2u), 0.0, k == 0u);
    }
    let found = vec4<f32>(
        upper.x + upper.y + upper.z, upper.y - upper.z - upper.w,
        lower.x + lower.y + lower.z, lower.y - lower.z - lower.w);
    for (var k = 0u; k < 4u; k++) {
        let row = r + k / 2u;
        let column = q + k % 2u;
        if row < OH && column < OW {
            let pixel = row * OW + column;
            y[plane * PIXELS + pixel] = epilogue(found[k], plane * PIXELS + pixel, plane, pixel);
        }
    }
}
