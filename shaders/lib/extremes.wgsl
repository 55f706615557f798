// The larger and the smaller of two, NaN where one is NaN: WGSL's own max and min may give the other. NaN is told by its bits, for
// a compiler may assume that no float is NaN.

//:lib extremes
fn is_nan(v: f32) -> bool {
    return (bitcast<u32>(v) & 0x7fffffffu) > 0x7f800000u;
}

fn larger(a: f32, b: f32) -> f32 {
    return select(select(max(a, b), b, is_nan(b)), a, is_nan(a));
}

fn smaller(a: f32, b: f32) -> f32 {
    return select(select(min(a, b), b, is_nan(b)), a, is_nan(a));
}
//:lib end
