// The gradient of max pooling: each input sums the gradients of the windows whose maximum it is. Twin:
// src/graph/op/unpool2d.rs
// x [planes, OH, OW], index [planes, OH, OW] → y [planes, H, W]

const COUNT: u32 = 32u;
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

@group(0) @binding(0) var<storage, read_write> y: array<f32>;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> index: array<u32>;

//:slot epilogue
fn epilogue(v: f32, i: u32) -> f32 {
    return v;
}
//:end

//:lib pool_covering
// First window that covers input `r`, and the one after the last.
fn covering(r: u32, size: u32, windows: u32, kernel: u32, stride: u32, before: u32) -> vec2<u32> {
    if ADAPTIVE == 1u {
        return vec2<u32>(r * windows / size, ((r + 1u) * windows + size - 1u) / size);
    }
    let place = r + before;
    let first = (max(place + 1u, kernel) - kernel + stride - 1u) / stride;
    return vec2<u32>(first, min(place / stride + 1u, windows));
}
//:lib end

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = id.x + id.y * groups.x * 64u;
    if i >= COUNT {
        return;
    }
    let here = i % (H * W);
    let plane = i / (H * W) * OH * OW;
    let rows = covering(here / W, H, OH, KH, STRIDE_H, TOP);
    let columns = covering(here % W, W, OW, KW, STRIDE_W, LEFT);
    var sum = 0.0;
    for (var r = rows.x; r < rows.y; r++) {
        for (var c = columns.x; c < columns.y; c++) {
            let o = plane + r * OW + c;
            sum += select(0.0, x[o], index[o] == here);
        }
    }
    y[i] = epilogue(sum, i);
}
