// Where in its plane the maximum of each window is, the first of equals; one output per invocation.
// Twin: src/graph/op/pool_index.rs
// x [planes, H, W] → y [planes, OH, OW]

const COUNT: u32 = 16u;
const H: u32 = 8u;
const W: u32 = 8u;
const OH: u32 = 4u;
const OW: u32 = 4u;
// Window o of OUT covers the inputs ⌊o · SIZE / OUT⌋ .. ⌈(o + 1) · SIZE / OUT⌉; otherwise windows have one size.
const ADAPTIVE: u32 = 0u;
const KH: u32 = 2u;
const KW: u32 = 2u;
const STRIDE_H: u32 = 2u;
const STRIDE_W: u32 = 2u;
const TOP: u32 = 0u;
const LEFT: u32 = 0u;

@group(0) @binding(0) var<storage, read_write> y: array<u32>;
@group(0) @binding(1) var<storage, read> x: array<f32>;

// Inputs start .. end of window o, of `count` windows over `size` inputs.
fn taps(o: u32, size: u32, count: u32, kernel: u32, stride: u32, padding: u32) -> vec2<u32> {
    if ADAPTIVE == 1u {
        return vec2(o * size / count, ((o + 1u) * size + count - 1u) / count);
    }
    let start = o * stride;
    return vec2(max(start, padding) - padding, min(start + kernel, size + padding) - padding);
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = id.x + id.y * groups.x * 64u;
    if i >= COUNT {
        return;
    }
    let rows = taps(i / OW % OH, H, OH, KH, STRIDE_H, TOP);
    let columns = taps(i % OW, W, OW, KW, STRIDE_W, LEFT);
    let base = i / (OW * OH) * H * W;
    var at = rows.x * W + columns.x;
    var best = x[base + at];
    for (var r = rows.x; r < rows.y; r++) {
        for (var q = columns.x; q < columns.y; q++) {
            let v = x[base + r * W + q];
            if v > best {
                best = v;
                at = r * W + q;
            }
        }
    }
    y[i] = at;
}
