// Where in each window the largest input is, or the first that is NaN. Twin: src/graph/op/pool_index.rs
// x [planes, H, W] → y [planes, OH, OW]: row · W + column

const COUNT: u32 = 8u;
//:lib pool_windows
const H: u32 = 4u;
const W: u32 = 4u;
const OH: u32 = 2u;
const OW: u32 = 2u;
const ADAPTIVE: u32 = 0u;
const KH: u32 = 2u;
const KW: u32 = 2u;
const STRIDE_H: u32 = 2u;
const STRIDE_W: u32 = 2u;
const TOP: u32 = 0u;
const LEFT: u32 = 0u;
//:lib end

@group(0) @binding(0) var<storage, read_write> y: array<u32>;
@group(0) @binding(1) var<storage, read> x: array<f32>;

// First input of window `o`, and the one after its last.
fn covered(o: u32, size: u32, windows: u32, kernel: u32, stride: u32, before: u32) -> vec2<u32> {
    if ADAPTIVE == 1u {
        return vec2<u32>(o * size / windows, ((o + 1u) * size + windows - 1u) / windows);
    }
    let start = o * stride;
    return vec2<u32>(max(start, before) - before, min(max(start + kernel, before) - before, size));
}

// By its bits, for a compiler may assume that no float is NaN.
fn is_nan(v: f32) -> bool {
    return (bitcast<u32>(v) & 0x7fffffffu) > 0x7f800000u;
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = id.x + id.y * groups.x * 64u;
    if i >= COUNT {
        return;
    }
    let rows = covered(i / OW % OH, H, OH, KH, STRIDE_H, TOP);
    let columns = covered(i % OW, W, OW, KW, STRIDE_W, LEFT);
    let plane = i / (OW * OH) * H * W;
    var best = rows.x * W + columns.x;
    var most = x[plane + best];
    for (var r = rows.x; r < rows.y; r++) {
        for (var c = columns.x; c < columns.y; c++) {
            let v = x[plane + r * W + c];
            if !is_nan(most) && (is_nan(v) || v > most) {
                most = v;
                best = r * W + c;
            }
        }
    }
    y[i] = best;
}
