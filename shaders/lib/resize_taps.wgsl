// Where output `o` of a resizing lies between two inputs. Twin: src/graph/op/resize2d.rs

const NEAREST: u32 = 0u;

//:lib resize_taps
// Two neighbouring inputs, and how much of the second.
struct Taps {
    lower: u32,
    upper: u32,
    share: f32,
}

fn taps(o: u32, mul: u32, add: u32, sub: u32, div: u32, extent: u32) -> Taps {
    let at = max(o * mul + add, sub) - sub;
    let lower = at / div;
    return Taps(lower, min(lower + 1u, extent - 1u), select(f32(at % div) / f32(div), 0.0, NEAREST == 1u));
}
//:lib end
