//! The tables: every row, and every layer of one network, with each device's figures side by side; and a row as a point under
//! the roofline.

use crate::protocol::{BackendKind, Bound, DeviceTimes, LayerTimes, RefusedRow, StepClock, TimedRow};
use crate::ui::widget::Card;
use crate::ui::{live, number, sentence};
use leptos::prelude::*;

type Column = (BackendKind, Vec<TimedRow>);

pub(super) fn row_card(devices: Memo<Vec<DeviceTimes>>, chosen: RwSignal<Option<Chosen>>) -> impl IntoView {
    let columns = Memo::new(move |_| {
        devices.with(|all| all.iter().map(|device| (device.kind, device.rows.clone())).collect::<Vec<Column>>())
    });
    let refused = move || {
        let line = |row: RefusedRow| view! { <p class="hint">{format!("{}: {}", row.name, row.detail)}</p> };
        devices.get().into_iter().flat_map(|device| device.refused).map(line).collect_view().into_any()
    };
    view! {
        <Card
            id="speed-rows-card"
            title=words!(speed.rows_title)
            hint=words!(speed.rows_hint)
            gone=move || columns.with(|all| all.iter().all(|(_, rows)| rows.is_empty()))
        >
            {live::view(move || columns.with(|columns| table(columns, "speed-row", chosen)))}
            {live::view(refused)}
        </Card>
    }
}

pub(super) fn layer_card(devices: Memo<Vec<DeviceTimes>>, chosen: RwSignal<Option<Chosen>>) -> impl IntoView {
    let layers = Memo::new(move |_| {
        devices.get().into_iter().filter_map(|device| Some((device.kind, device.layers?))).collect::<Vec<_>>()
    });
    let title = move || {
        let network = layers.with(|layers| layers.first().map(|(_, times)| times.network.clone()));
        network.map(|network| say!(speed.layers_title, network = network))
    };
    let clocks = move || {
        let of = |(kind, times): &(BackendKind, LayerTimes)| {
            let clock = match times.clock {
                StepClock::Timestamps => say!(speed.clock_timestamps),
                StepClock::Outside => say!(speed.clock_outside),
            };
            view! { <p class="hint" data-testid="speed-clock">{sentence::device(*kind)} ": " {clock}</p> }
        };
        layers.with(|layers| layers.iter().map(of).collect_view()).into_any()
    };
    view! {
        <section class="card" data-testid="speed-layers-card" class:gone=live::flag(move || layers.with(Vec::is_empty))>
            <h2>{live::maybe(title)}</h2>
            {live::view(clocks)}
            {live::view(move || {
                let columns: Vec<Column> = layers.get().into_iter().map(|(kind, times)| (kind, times.layers)).collect();
                table(&columns, "speed-layer", chosen)
            })}
        </section>
    }
}

/// All names in order, each with what every device has under it. A name that comes twice is two lines.
fn merged(columns: &[Column]) -> Vec<(String, Vec<Option<TimedRow>>)> {
    let mut lines: Vec<(String, Vec<Option<TimedRow>>)> = Vec::new();
    for (at, (_, rows)) in columns.iter().enumerate() {
        // A line of another device that is not there yet stands behind the one before it.
        let mut after = 0;
        for row in rows {
            let free = |(name, cells): &(String, Vec<Option<TimedRow>>)| *name == row.name && cells[at].is_none();
            let found = lines.iter().position(free).unwrap_or_else(|| {
                lines.insert(after, (row.name.clone(), vec![None; columns.len()]));
                after
            });
            lines[found].1[at] = Some(row.clone());
            after = found + 1;
        }
    }
    lines
}

fn table(columns: &[Column], testid: &'static str, chosen: RwSignal<Option<Chosen>>) -> AnyView {
    let devices: Vec<BackendKind> = columns.iter().map(|(kind, _)| *kind).collect();
    let heads = devices.iter().map(|kind| {
        view! {
            <th scope="colgroup" colspan="3" class=format!("of-device {}", colour_of(*kind))>
                <span class="swatch"><i></i></span>
                {sentence::device(*kind)}
            </th>
        }
    });
    let sub = devices.iter().map(|_| {
        view! {
            <th scope="col" class="figure">"ms"</th>
            <th scope="col" class="figure">"GFLOP/s"</th>
            <th scope="col" class="figure">{words!(speed.of_limit)}</th>
        }
    });
    let mut part = String::new();
    let lines = merged(columns).into_iter().map(|(name, cells)| {
        let (group, short) = name.split_once('/').map_or(("", name.as_str()), |(group, short)| (group, short));
        let begins = group != part;
        part = group.to_owned();
        let heading = (begins && !group.is_empty()).then(|| {
            let group = group.to_owned();
            view! {
                <tr class="part"><th scope="rowgroup" colspan=(1 + 3 * devices.len()).to_string()>{live::name(move || Some(match group.as_str() {
                    "kernels" => say!(speed.kernels),
                    "training" => say!(speed.training),
                    _ => say!(speed.inference),
                }))}</th></tr>
            }
        });
        let short = short.to_owned();
        let (here, shown) = (name.clone(), name.clone());
        let on = move || chosen.with(|chosen| chosen.as_ref().is_some_and(|chosen| chosen.name == here));
        view! {
            {heading}
            <tr
                data-testid=testid
                data-name=name
                class:on=live::flag(on)
                on:pointerenter=move |_| chosen.set(Some(Chosen { name: shown.clone(), kind: None }))
                on:pointerleave=move |_| chosen.set(None)
            >
                <th scope="row">{short}</th>
                {cells.into_iter().map(figures).collect_view()}
            </tr>
        }
    });
    view! {
        <div class="scroll" tabindex="0" role="group" aria-label=words!(speed.figures)>
            <table class="timed">
                <thead>
                    <tr><td></td>{heads.collect_view()}</tr>
                    <tr><td></td>{sub.collect_view()}</tr>
                </thead>
                <tbody>{lines.collect_view()}</tbody>
            </table>
        </div>
    }
    .into_any()
}

fn figures(row: Option<TimedRow>) -> AnyView {
    let Some(row) = row else {
        return view! { <td class="figure" colspan="3">"–"</td> }.into_any();
    };
    let (letter, bound) = match row.bound {
        Bound::Compute => ("F", words!(speed.bound_compute)),
        Bound::Memory => ("B", words!(speed.bound_memory)),
        Bound::Dispatch => ("t", words!(speed.bound_dispatch)),
    };
    let gflops = if row.work.flops == 0 { "–".to_owned() } else { number::digits(row.gflops as f32) };
    view! {
        <td class="figure" data-millis=row.millis.to_string()>{millis(row.millis)}</td>
        <td class="figure">{gflops}</td>
        <td class="figure" data-share=row.share.to_string() title=bound>{share(row.share)} <small>{letter}</small></td>
    }
    .into_any()
}

/// By its name; one device's, where that is known.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Chosen {
    pub(super) name: String,
    pub(super) kind: Option<BackendKind>,
}

impl Chosen {
    pub(super) fn is(&self, name: &str, kind: BackendKind) -> bool {
        self.name == name && self.kind.is_none_or(|own| own == kind)
    }
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Point {
    pub(super) kind: BackendKind,
    pub(super) is_layer: bool,
    pub(super) row: TimedRow,
}

/// Everything that computes; what only moves data has no place on a logarithmic axis.
pub(super) fn points_of(devices: &[DeviceTimes]) -> Vec<Point> {
    let of_device = |device: &DeviceTimes| {
        let kind = device.kind;
        let rows = device.rows.iter().map(|row| (false, row));
        let layers = device.layers.iter().flat_map(|times| &times.layers).map(|row| (true, row));
        let computing = rows.chain(layers).filter(|(_, row)| row.work.flops > 0 && row.gflops.is_finite());
        computing.map(|(is_layer, row)| Point { kind, is_layer, row: row.clone() }).collect::<Vec<_>>()
    };
    let mut points: Vec<Point> = devices.iter().flat_map(of_device).collect();
    points.sort_by(|a, b| a.row.work.intensity().total_cmp(&b.row.work.intensity()));
    points
}

/// The colour of a device: a class of the style sheet.
pub(super) fn colour_of(kind: BackendKind) -> &'static str {
    match kind {
        BackendKind::Gpu => "run-0",
        BackendKind::Cpu => "run-1",
    }
}

/// `58 %`, `0.4 %`
pub(super) fn share(value: f64) -> String {
    let percent = value * 100.0;
    if percent < 9.95 { format!("{percent:.1} %") } else { format!("{percent:.0} %") }
}

/// Milliseconds with three digits that matter: a layer may take a few microseconds.
pub(super) fn millis(value: f64) -> String {
    if value >= 1000.0 { format!("{value:.0}") } else { number::digits(value as f32) }
}
