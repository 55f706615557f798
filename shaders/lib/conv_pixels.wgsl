// Where four neighbouring output pixels begin to look. The first, `p0`, lies inside the picture.

const BATCH: u32 = 1u;
const GROUPS: u32 = 1u;
const C_IN: u32 = 8u;
const C_OUT: u32 = 16u;
const H: u32 = 9u;
const W: u32 = 9u;
const KH: u32 = 3u;
const KW: u32 = 3u;
const OH: u32 = 4u;
const OW: u32 = 4u;
const STRIDE: u32 = 2u;
const DILATION: u32 = 1u;
const TOP: u32 = 0u;
const LEFT: u32 = 0u;

const PIXELS: u32 = OH * OW;

fn pixels(pixel: u32, p0: u32) {
    //:lib conv_pixels
    let p1 = min(pixel + 1u, PIXELS - 1u);
    let p2 = min(pixel + 2u, PIXELS - 1u);
    let p3 = min(pixel + 3u, PIXELS - 1u);
    // Above and left of the picture these wrap round and are too large as well.
    let r0 = p0 / OW * STRIDE - TOP;
    let r1 = p1 / OW * STRIDE - TOP;
    let r2 = p2 / OW * STRIDE - TOP;
    let r3 = p3 / OW * STRIDE - TOP;
    let q0 = p0 % OW * STRIDE - LEFT;
    let q1 = p1 % OW * STRIDE - LEFT;
    let q2 = p2 % OW * STRIDE - LEFT;
    let q3 = p3 % OW * STRIDE - LEFT;
    //:lib end
}
