// Of four cells of one phase, from `cell` on, the rows and columns of their pixels in the padded picture. Cells beyond the last are the last.

const STRIDE: u32 = 2u;
const TOP: u32 = 0u;
const LEFT: u32 = 0u;
const CELLS_W: u32 = 5u;
const CELLS: u32 = 25u;

fn pixels(cell: u32, first_row: u32, first_column: u32) {
    //:lib conv_cell_pixels
    let p0 = cell;
    let p1 = min(cell + 1u, CELLS - 1u);
    let p2 = min(cell + 2u, CELLS - 1u);
    let p3 = min(cell + 3u, CELLS - 1u);
    let r0 = p0 / CELLS_W * STRIDE + first_row + TOP;
    let r1 = p1 / CELLS_W * STRIDE + first_row + TOP;
    let r2 = p2 / CELLS_W * STRIDE + first_row + TOP;
    let r3 = p3 / CELLS_W * STRIDE + first_row + TOP;
    let q0 = p0 % CELLS_W * STRIDE + first_column + LEFT;
    let q1 = p1 % CELLS_W * STRIDE + first_column + LEFT;
    let q2 = p2 % CELLS_W * STRIDE + first_column + LEFT;
    let q3 = p3 % CELLS_W * STRIDE + first_column + LEFT;
    //:lib end
}
