//! A layered drawing of a graph without cycles, from top to bottom (Sugiyama, Tagawa & Toda 1981): each node lies below all that it
//! reads, lines that pass a layer have a place in it, neighbours in a layer are ordered by where their lines lead, and then each
//! lies as near to its neighbours above and below as the order allows.

/// Of a node's box, and from box to box.
pub(super) const WIDTH: f32 = 176.0;
pub(super) const HEIGHT: f32 = 48.0;
const ACROSS: f32 = 26.0;
const DOWN: f32 = 44.0;
/// Of a line that passes a layer.
const LINE: f32 = 18.0;
const SWEEPS: usize = 6;

/// Where everything lies; lengths are in pixels.
pub(super) struct LaidGraph {
    /// The upper left corner of each node.
    pub(super) places: Vec<[f32; 2]>,
    /// The points of each edge, from the lower edge of its first node to the upper edge of its second.
    pub(super) lines: Vec<Vec<[f32; 2]>>,
    pub(super) size: [f32; 2],
}

/// A node, or the place where the lines of a node pass a layer.
struct Cell {
    layer: usize,
    is_node: bool,
    above: Vec<usize>,
    below: Vec<usize>,
    x: f32,
}

impl Cell {
    fn width(&self) -> f32 {
        if self.is_node { WIDTH } else { LINE }
    }
}

/// Of so many nodes, and edges from one to a later one.
pub(super) fn layout(count: usize, edges: &[[usize; 2]]) -> LaidGraph {
    let (mut cells, paths) = cells(count, edges);
    let mut layers: Vec<Vec<usize>> = vec![Vec::new(); cells.iter().map(|cell| cell.layer + 1).max().unwrap_or(0)];
    (0..cells.len()).for_each(|at| layers[cells[at].layer].push(at));
    order(&cells, &mut layers);
    settle(&mut cells, &layers);
    let left = cells.iter().map(|cell| cell.x - cell.width() / 2.0).fold(f32::INFINITY, f32::min);
    let right = cells.iter().map(|cell| cell.x + cell.width() / 2.0).fold(0.0, f32::max);
    let left = if left.is_finite() { left } else { 0.0 };
    let top = |cell: &Cell| cell.layer as f32 * (HEIGHT + DOWN);
    let x = |at: usize| cells[at].x - left;
    let line = |path: &Vec<usize>| {
        let mut points = Vec::with_capacity(2 * path.len());
        for (step, &at) in path.iter().enumerate() {
            let (is_first, is_last) = (step == 0, step + 1 == path.len());
            if !is_first {
                points.push([x(at), top(&cells[at])]);
            }
            if !is_last {
                points.push([x(at), top(&cells[at]) + HEIGHT]);
            }
        }
        points
    };
    let lines = paths.iter().map(line).collect();
    let places = (0..count).map(|at| [x(at) - WIDTH / 2.0, top(&cells[at])]).collect();
    let height = layers.len() as f32 * (HEIGHT + DOWN) - DOWN;
    LaidGraph { places, lines, size: [right - left, height.max(0.0)] }
}

/// The nodes first; of each edge the cells that it passes.
fn cells(count: usize, edges: &[[usize; 2]]) -> (Vec<Cell>, Vec<Vec<usize>>) {
    let node = |_| Cell { layer: 0, is_node: true, above: Vec::new(), below: Vec::new(), x: 0.0 };
    let mut cells: Vec<Cell> = (0..count).map(node).collect();
    let mut sorted: Vec<&[usize; 2]> = edges.iter().filter(|[from, to]| from < to && *to < count).collect();
    sorted.sort_by_key(|[_, to]| *to);
    for [from, to] in sorted {
        cells[*to].layer = cells[*to].layer.max(cells[*from].layer + 1);
    }
    // All lines of a node that pass a layer pass it in one place.
    let mut passing: Vec<Vec<usize>> = vec![Vec::new(); count];
    let mut paths = Vec::with_capacity(edges.len());
    for &[from, to] in edges {
        if from >= to || to >= count {
            paths.push(Vec::new());
            continue;
        }
        let (first, last) = (cells[from].layer, cells[to].layer);
        while passing[from].len() < (last - first).saturating_sub(1) {
            let layer = first + 1 + passing[from].len();
            passing[from].push(cells.len());
            cells.push(Cell { layer, is_node: false, above: Vec::new(), below: Vec::new(), x: 0.0 });
        }
        let between = passing[from][..last - first - 1].iter().copied();
        let path: Vec<usize> = [from].into_iter().chain(between).chain([to]).collect();
        for pair in path.windows(2) {
            if !cells[pair[0]].below.contains(&pair[1]) {
                cells[pair[0]].below.push(pair[1]);
                cells[pair[1]].above.push(pair[0]);
            }
        }
        paths.push(path);
    }
    (cells, paths)
}

/// By the mean places of the neighbours in the layer before, downwards and upwards in turn. Nodes come before lines at first.
fn order(cells: &[Cell], layers: &mut [Vec<usize>]) {
    let mut place = vec![0.0_f32; cells.len()];
    let note = |layer: &[usize], place: &mut [f32]| {
        layer.iter().enumerate().for_each(|(at, &cell)| place[cell] = at as f32);
    };
    layers.iter().for_each(|layer| note(layer, &mut place));
    for sweep in 0..SWEEPS {
        let is_down = sweep % 2 == 0;
        let count = layers.len();
        for step in 0..count {
            let layer = &mut layers[if is_down { step } else { count - 1 - step }];
            let mean = |cell: usize| {
                let near = if is_down { &cells[cell].above } else { &cells[cell].below };
                let sum: f32 = near.iter().map(|&other| place[other]).sum();
                if near.is_empty() { place[cell] } else { sum / near.len() as f32 }
            };
            let mut wanted: Vec<(f32, usize)> = layer.iter().map(|&cell| (mean(cell), cell)).collect();
            wanted.sort_by(|a, b| a.0.total_cmp(&b.0));
            *layer = wanted.into_iter().map(|(_, cell)| cell).collect();
            note(layer, &mut place);
        }
    }
}

/// Each as near to the mean of its neighbours as its layer allows, the layers in turn.
fn settle(cells: &mut [Cell], layers: &[Vec<usize>]) {
    for layer in layers {
        let mut x = 0.0;
        for &at in layer {
            cells[at].x = x + cells[at].width() / 2.0;
            x += cells[at].width() + ACROSS;
        }
        layer.iter().for_each(|&at| cells[at].x -= x / 2.0);
    }
    for sweep in 0..4 * SWEEPS {
        let count = layers.len();
        for step in 0..count {
            let layer = &layers[if sweep % 2 == 0 { step } else { count - 1 - step }];
            let wanted: Vec<[f32; 2]> = layer.iter().map(|&at| wanted(cells, at)).collect();
            let apart = |at: usize| (cells[layer[at]].width() + cells[layer[at + 1]].width()) / 2.0 + ACROSS;
            let gaps: Vec<f32> = (0..layer.len().saturating_sub(1)).map(apart).collect();
            let found = spread(&wanted, &gaps);
            layer.iter().zip(found).for_each(|(&at, x)| cells[at].x = x);
        }
    }
}

/// Where a cell wants to lie, and how much it does: straight lines between nodes count the most.
fn wanted(cells: &[Cell], at: usize) -> [f32; 2] {
    let cell = &cells[at];
    let weight = |other: usize| match (cell.is_node, cells[other].is_node) {
        (true, true) => 8.0,
        (false, false) => 4.0,
        _ => 1.0,
    };
    let near = cell.above.iter().chain(&cell.below);
    let [sum, total] =
        near.fold([0.0, 0.0], |[sum, total], &other| [sum + weight(other) * cells[other].x, total + weight(other)]);
    if total > 0.0 { [sum / total, total] } else { [cell.x, 1.0] }
}

/// The places nearest to the wanted ones (with their weights, by squares) that keep the order and these gaps: neighbours that are too
/// near are moved together.
fn spread(wanted: &[[f32; 2]], gaps: &[f32]) -> Vec<f32> {
    let mut offset = 0.0;
    let mut offsets = Vec::with_capacity(wanted.len());
    // Runs that lie as close as they may: mean, weight, length.
    let mut runs: Vec<[f32; 3]> = Vec::new();
    for (at, &[x, weight]) in wanted.iter().enumerate() {
        if at > 0 {
            offset += gaps[at - 1];
        }
        offsets.push(offset);
        runs.push([x - offset, weight, 1.0]);
        while let [.., before, last] = runs.as_slice()
            && before[0] > last[0]
        {
            let weight = before[1] + last[1];
            let joined = [(before[0] * before[1] + last[0] * last[1]) / weight, weight, before[2] + last[2]];
            runs.truncate(runs.len() - 2);
            runs.push(joined);
        }
    }
    let means = runs.iter().flat_map(|&[mean, _, length]| std::iter::repeat_n(mean, length as usize));
    means.zip(offsets).map(|(mean, offset)| mean + offset).collect()
}

#[cfg(test)]
mod tests {
    use super::{ACROSS, HEIGHT, WIDTH, layout, spread};

    fn overlap(a: [f32; 2], b: [f32; 2]) -> bool {
        (a[0] - b[0]).abs() < WIDTH && (a[1] - b[1]).abs() < HEIGHT
    }

    #[test]
    fn a_chain_is_a_straight_column() {
        let drawn = layout(4, &[[0, 1], [1, 2], [2, 3]]);
        assert!(drawn.places.iter().all(|place| place[0] == 0.0), "{:?}", drawn.places);
        assert!(drawn.places.windows(2).all(|pair| pair[1][1] > pair[0][1] + HEIGHT));
        assert_eq!((drawn.size[0], drawn.lines[0].len()), (WIDTH, 2));
    }

    #[test]
    fn branches_lie_side_by_side_and_a_long_line_passes_beside_them() {
        // Four branches of different lengths that meet, and a line round them all.
        let edges = [[0, 1], [0, 2], [2, 3], [0, 4], [4, 5], [0, 6], [1, 7], [3, 7], [5, 7], [6, 7], [0, 7]];
        let drawn = layout(8, &edges);
        for (a, place) in drawn.places.iter().enumerate() {
            assert!(drawn.places[..a].iter().all(|other| !overlap(*place, *other)), "{:?}", drawn.places);
        }
        for ([from, to], line) in edges.iter().zip(&drawn.lines) {
            let (start, end) = (line[0], line[line.len() - 1]);
            assert_eq!(start, [drawn.places[*from][0] + WIDTH / 2.0, drawn.places[*from][1] + HEIGHT]);
            assert_eq!(end, [drawn.places[*to][0] + WIDTH / 2.0, drawn.places[*to][1]]);
            // Between its ends it goes through no box.
            for point in &line[1..line.len() - 1] {
                let is_inside = |place: &[f32; 2]| (point[0] - place[0] - WIDTH / 2.0).abs() < WIDTH / 2.0;
                let beside = drawn.places.iter().filter(|place| place[1] <= point[1] && point[1] <= place[1] + HEIGHT);
                assert!(!beside.clone().any(is_inside), "{edges:?} {line:?}");
            }
        }
        assert!(drawn.places.iter().all(|place| place[0] >= 0.0 && place[0] + WIDTH <= drawn.size[0]));
    }

    #[test]
    fn neighbours_that_are_too_near_share_the_way() {
        assert_eq!(spread(&[[0.0, 1.0], [0.0, 1.0]], &[10.0]), [-5.0, 5.0]);
        assert_eq!(spread(&[[0.0, 1.0], [100.0, 1.0]], &[10.0]), [0.0, 100.0]);
        assert_eq!(spread(&[[0.0, 3.0], [0.0, 1.0]], &[8.0]), [-2.0, 6.0]);
        assert!(ACROSS > 0.0 && spread(&[], &[]).is_empty());
    }

    #[test]
    fn a_graph_of_many_nodes_takes_no_time() {
        // Each reads all twenty before it.
        let edges: Vec<[usize; 2]> =
            (0..400).flat_map(|to: usize| (to.saturating_sub(20)..to).map(move |from| [from, to])).collect();
        let drawn = layout(400, &edges);
        assert_eq!((drawn.places.len(), drawn.lines.len()), (400, edges.len()));
    }
}
