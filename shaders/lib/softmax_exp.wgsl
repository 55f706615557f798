// A term of a softmax: the power of what is at most zero. NaN stays NaN, for which a GPU may give a number.

fn is_nan(v: f32) -> bool {
    return (bitcast<u32>(v) & 0x7fffffffu) > 0x7f800000u;
}

//:lib softmax_exp
fn exp_of(v: f32) -> f32 {
    return select(exp(max(v, -87.0)), v, is_nan(v));
}
//:lib end
