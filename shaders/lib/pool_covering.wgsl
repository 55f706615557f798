// The windows that cover an input. Twin: src/graph/op/windows.rs

const ADAPTIVE: u32 = 0u;

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
