//! The inner loops of a matrix product, as a WebAssembly module beside ours, in the same memory.
//!
//! Fused multiply-adds (relaxed SIMD) would keep the whole engine out of browsers that lack them; so this one loop is written
//! when the engine starts, with them where the browser takes them, else with a product and a sum.

use super::assembler::{Function, Local, Type};
use js_sys::{Object, Reflect, Uint8Array, WebAssembly};
use wasm_bindgen::{JsCast, JsValue};

/// Rows of a tile. Eight sums, two vectors of the right operand, one element of the left and one product in between: as
/// many registers as x86 without AVX-512 has, but for three.
pub(super) const ROWS: usize = 4;
/// Columns of a tile, and of a panel.
pub(super) const COLS: usize = 8;
const VECTORS: usize = COLS / 4;

/// The arguments of one call; all places and strides in bytes.
#[repr(C)]
pub(super) struct Call {
    /// Tiles of `ROWS` rows: for each k, one element of each row.
    pub(super) a: *const f32,
    /// Panels of `COLS` columns: for each k, one element of each column.
    pub(super) b: *const f32,
    pub(super) y: *mut f32,
    /// From row to row of y.
    pub(super) y_stride: usize,
    /// From k to k of the right operand.
    pub(super) row_stride: usize,
    /// From panel to panel of the right operand.
    pub(super) panel_stride: usize,
    pub(super) tiles: usize,
    pub(super) panels: usize,
    pub(super) depth: usize,
    /// 0 to overwrite, 1 to add.
    pub(super) add: usize,
    /// The bias of each row, one element for each row of all tiles; null for nothing.
    pub(super) bias: *const f32,
    /// The least and the largest result; null for any.
    pub(super) bounds: *const [f32; 2],
}

/// The kernel, made ready.
pub(super) struct Kernel(js_sys::Function);

impl Kernel {
    /// With fused multiply-adds, which not every browser takes, or without.
    pub(super) fn new(fused: bool) -> Result<Self, JsValue> {
        let bytes = module(fused);
        let module = WebAssembly::Module::new(&Uint8Array::from(bytes.as_slice()).into())?;
        let environment = Object::new();
        Reflect::set(&environment, &"memory".into(), &wasm_bindgen::memory())?;
        let imports = Object::new();
        Reflect::set(&imports, &"env".into(), &environment)?;
        let instance = WebAssembly::Instance::new(&module, &imports)?;
        Ok(Self(Reflect::get(&instance.exports(), &"run".into())?.dyn_into()?))
    }

    /// # Safety
    /// Everything that `call` reaches must lie in memory: `tiles` tiles of the left operand, their biases and `panels` panels
    /// of the right one, `depth` deep, none of them 0, and as many rows and columns of the result.
    pub(super) unsafe fn run(&self, call: &Call) {
        let at = std::ptr::from_ref(call) as usize;
        // A trap would be an exception here; the caller's promise rules it out.
        let done = self.0.call1(&JsValue::UNDEFINED, &JsValue::from_f64(at as f64));
        debug_assert!(done.is_ok());
    }
}

/// Tile after tile, and for each all panels: they stay in the nearest cache, and the rows of a tile are written in order.
fn module(fused: bool) -> Vec<u8> {
    let (mut f, call) = Function::new();
    let mut field = 0;
    let mut argument = |f: &mut Function| {
        let local = f.local(Type::I32);
        f.load_i32(local, call, field);
        field += 4;
        local
    };
    let [a, b, y, y_stride, row_stride, panel_stride] = std::array::from_fn(|_| argument(&mut f));
    let [tiles, panels, depth, add, bias, bounds] = std::array::from_fn(|_| argument(&mut f));
    let [left, panel, right, to, row, panels_left, depth_left] = std::array::from_fn(|_| f.local(Type::I32));
    let sums: [[Local; VECTORS]; ROWS] = std::array::from_fn(|_| std::array::from_fn(|_| f.local(Type::V128)));
    let vectors: [Local; VECTORS] = std::array::from_fn(|_| f.local(Type::V128));
    let [element, low, high] = std::array::from_fn(|_| f.local(Type::V128));

    f.when(bounds, |f| {
        for (at, bound) in [(0, low), (4, high)] {
            f.load_splat(bounds, at);
            f.set(bound);
        }
    });
    f.repeat(tiles, |f| {
        f.copy(panel, b);
        f.copy(to, y);
        f.copy(panels_left, panels);
        f.repeat(panels_left, |f| {
            sums.iter().flatten().for_each(|&sum| {
                f.zero();
                f.set(sum);
            });
            f.when(bias, |f| {
                for (r, sums) in (0..).zip(&sums) {
                    for &sum in sums {
                        f.load_splat(bias, 4 * r);
                        f.set(sum);
                    }
                }
            });
            f.copy(left, a);
            f.copy(right, panel);
            f.copy(depth_left, depth);
            f.repeat(depth_left, |f| {
                for (v, &vector) in (0..).zip(&vectors) {
                    f.load(right, 16 * v);
                    f.set(vector);
                }
                for (r, sums) in (0..).zip(&sums) {
                    f.load_splat(left, 4 * r);
                    f.set(element);
                    sums.iter().zip(&vectors).for_each(|(&sum, &vector)| f.add_product(sum, element, vector, fused));
                }
                f.add_const(left, 4 * ROWS as i32);
                f.add(right, row_stride);
            });
            let each_row = |f: &mut Function, work: &dyn Fn(&mut Function, u32, Local)| {
                f.copy(row, to);
                for sums in &sums {
                    (0..).zip(sums).for_each(|(v, &sum)| work(f, 16 * v, sum));
                    f.add(row, y_stride);
                }
            };
            f.when(add, |f| {
                each_row(f, &|f, offset, sum| {
                    f.load(row, offset);
                    f.add_vector(sum);
                });
            });
            f.when(bounds, |f| sums.iter().flatten().for_each(|&sum| f.bound(sum, low, high)));
            each_row(f, &|f, offset, sum| f.store(row, offset, sum));
            f.add(panel, panel_stride);
            f.add_const(to, 4 * COLS as i32);
        });
        f.copy(a, left);
        // Past the last row, but still in the last column.
        (0..ROWS).for_each(|_| f.add(y, y_stride));
        f.when(bias, |f| f.add_const(bias, 4 * ROWS as i32));
    });
    f.module()
}
