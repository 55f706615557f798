//! Every layer beside a population: how well it predicts it or how alike their matrices are, with the band that noise leaves open.

use super::name_of;
use super::state::{StreamState, measured};
use crate::protocol::{AreaFile, RowSource, StreamArea, StreamEstimate, StreamReport, StreamSource};
use crate::ui::page::NetworkSelect;
use crate::ui::page::brain::settings::{BrainSettings, StreamMeasure};
use crate::ui::widget::{Button, Card, FileButton, Icon, Select, StartStop, computed_on, progress_of, trouble_box};
use crate::ui::{PageSettings, app, folder, live, number, sentence};
use js_sys::Uint8Array;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen_futures::JsFuture;
use web_sys::File;

pub(in crate::ui::page::brain) fn stream_card(state: StreamState) -> AnyView {
    let is_tray = Memo::new(move |_| state.settings.with(|settings| settings.stream.pictures == StreamSource::Tray));
    let tray = move || {
        if is_tray.get() {
            app().want_tray();
        }
        ().into_any()
    };
    let is_own = Memo::new(move |_| state.files.with(|files| !files.is_empty()));
    let count = move || state.report.with(|report| report.as_ref().map(|report| report.pictures.len()));
    let figures = move || {
        let time = state.report.with(|report| report.as_ref().map(|report| number::millis(report.elapsed_ms)))?;
        let (neurons, repeats) = state.with_area(|_, area| (area.neurons, area.repeats))?;
        let pictures = number::count(count()? as u32);
        Some(say!(brain.told, pictures = pictures, neurons = neurons, repeats = repeats, time = time))
    };
    let backend = move || {
        let used = state.report.with(|report| report.as_ref().map(|report| report.backend.clone()));
        used.map(|used| view! { <p class="sub">{computed_on(&used)}</p> }).into_any()
    };
    view! {
        <Card id="brain" title=words!(brain.card) hint=words!(brain.hint) of=state.run.asking>
            {live::view(tray)}
            <div class="fields">
                <NetworkSelect />
                {live::view(move || (!is_own.get()).then(|| plant_select(state)).into_any())}
                {controls!(BrainSettings, "shown", "each", "neurons", "repeats", "noise", "seed")}
            </div>
            <details class="more-text">
                <summary>{words!(brain.more)}</summary>
                <div class="fields">
                    {controls!(BrainSettings, "distance", "compare", "folds", "components", "resamples")}
                    {beside_select()}
                </div>
            </details>
            <div class="row-acts wraps">
                <StartStop id="brain" of=state.run.asking able=move || state.is_able() start=move |()| state.again() />
                <FileButton
                    id="brain-files"
                    label=words!(brain.bring)
                    many=true
                    accept=Some(".npy,.csv,.tsv,.txt")
                    on_files=move |files| bring(state, files)
                />
                <Button
                    id="brain-planted-again"
                    words=words!(brain.planted_again)
                    off=move || !is_own.get()
                    on_press=move |()| state.files.set(Vec::new())
                />
                <Button id="brain-csv" icon=Icon::Download words=|| "CSV" off=move || count().is_none() on_press=move |()| save(state) />
            </div>
            {area_select(state)}
            <div class="fields">{controls!(BrainSettings, "measure")}</div>
            {verdict(state)}
            {live::view(move || bars(state))}
            <p class="sub" data-testid="brain-told" data-value=live::maybe(move || count().map(|of| of.to_string()))>
                {live::maybe(figures)}
            </p>
            {live::view(backend)}
            {progress_of(state.run.asking, words!(brain.card))}
            {trouble_box(move || state.run.trouble())}
        </Card>
    }
    .into_any()
}

/// In which layer the population is planted.
fn plant_select(state: StreamState) -> AnyView {
    let options = Signal::derive(move || {
        state.report.with(|report| {
            let rows = report.iter().flat_map(|report| &report.rows).filter(|row| row.source == RowSource::Network);
            rows.map(|row| (row.path.clone(), row.path.clone())).collect::<Vec<_>>()
        })
    });
    let chosen = Signal::derive(move || {
        state
            .with_area(|report, area| Some(report.rows.get(area.planted?.0 as usize)?.path.clone()))
            .flatten()
            .unwrap_or_default()
    });
    let on_choose = move |path: String| BrainSettings::change(|settings| settings.stream.layer = Some(path));
    view! { <Select id="brain-plant" label=words!(brain.plant) options chosen on_choose /> }.into_any()
}

/// A second network.
fn beside_select() -> AnyView {
    let settings = BrainSettings::of();
    let options = Signal::derive(move || {
        let none = (String::new(), say!(brain.beside_none).to_owned());
        let known = app().station.with(|station| {
            let networks = station.iter().flat_map(|station| &station.networks).filter(|network| network.ready);
            networks.map(|network| (network.id.clone(), sentence::network_title(network))).collect::<Vec<_>>()
        });
        [none].into_iter().chain(known).collect::<Vec<_>>()
    });
    let chosen = Signal::derive(move || settings.with(|settings| settings.stream.beside.clone()));
    let on_choose = move |id: String| BrainSettings::change(|settings| settings.stream.beside = id);
    view! { <Select id="brain-beside" label=words!(brain.beside) options chosen on_choose /> }.into_any()
}

fn area_select(state: StreamState) -> AnyView {
    let names = Memo::new(move |_| {
        state.report.with(|report| {
            let areas = report.iter().flat_map(|report| &report.areas);
            areas.map(|area| area.name.clone()).collect::<Vec<_>>()
        })
    });
    let select = move || {
        (names.with(Vec::len) > 1).then(|| {
            let options = Signal::derive(move || {
                let numbered = names.get().into_iter().enumerate();
                numbered.map(|(at, name)| (at.to_string(), name)).collect::<Vec<_>>()
            });
            let chosen = Signal::derive(move || state.area.get().to_string());
            let on_choose = move |at: String| state.area.set(at.parse().unwrap_or_default());
            view! { <div class="fields"><Select id="brain-area" label=words!(brain.area) options chosen on_choose /></div> }
        })
    };
    view! { {live::view(move || select().into_any())} }.into_any()
}

/// What has come of it, first and large.
fn verdict(state: StreamState) -> AnyView {
    let said = move || {
        let best = state.best()?;
        let by = state.settings.with(|settings| settings.measure);
        state.with_area(|report, area| {
            let found = measured(area.scores[best].as_ref()?, by)?;
            let value = number::fixed(found.value, 3);
            let layer = name_of(&report.rows[best]);
            Some(match area.planted {
                Some((row, _)) => {
                    let planted = report.rows[row as usize].path.clone();
                    say!(brain.verdict_planted, layer = layer, value = value, planted = planted)
                }
                None => say!(brain.verdict, layer = layer, value = value, area = area.name.clone()),
            })
        })?
    };
    let best = move || state.best().map(|at| at.to_string());
    let planted = move || state.with_area(|_, area| area.planted.map(|(row, _)| row.to_string())).flatten();
    view! {
        <p
            class="brain-verdict"
            data-testid="brain-verdict"
            data-value=live::maybe(best)
            data-planted=live::maybe(planted)
        >
            {live::maybe(move || Some(said().unwrap_or_else(|| say!(brain.waiting).to_owned())))}
        </p>
    }
    .into_any()
}

/// Between what values may lie for noise, where that is known.
fn band_of(area: &StreamArea, by: StreamMeasure) -> Option<[f64; 2]> {
    match by {
        StreamMeasure::Ridge | StreamMeasure::LeastSquares => area.ceiling.map(|[_, low, high]| [low, high]),
        StreamMeasure::Matrix => area.matrix_ceiling,
        StreamMeasure::Alignment => None,
    }
}

fn percent(part: f64) -> String {
    format!("{:.2}%", 100.0 * part.clamp(0.0, 1.0))
}

fn bars(state: StreamState) -> AnyView {
    let by = state.settings.with(|settings| settings.measure);
    let shown = state.shown_row();
    state.with_area(|report, area| drawn(report, area, by, shown)).into_any()
}

fn drawn(report: &StreamReport, area: &StreamArea, by: StreamMeasure, shown: Option<usize>) -> AnyView {
    let band = band_of(area, by);
    let of = |at: usize| area.scores[at].as_ref().and_then(|score| measured(score, by));
    let highest = (0..report.rows.len()).filter_map(of).map(|found| found.high.max(found.value));
    let most = highest.chain(band.map(|band| band[1])).fold(0.1_f64, f64::max);
    let open = || {
        band.map(|[low, high]| {
            let [left, width] = [low / most, (high - low).max(0.004) / most].map(percent);
            view! { <i class="brain-band" style:left=left style:width=width></i> }
        })
    };
    let row = |at: usize| {
        let row = &report.rows[at];
        let found = of(at);
        let untrained = (row.source == RowSource::Network)
            .then(|| {
                let twin = |other: &usize| {
                    report.rows[*other].source == RowSource::Untrained && report.rows[*other].path == row.path
                };
                (0..report.rows.len()).find(twin).and_then(of)
            })
            .flatten();
        let is_planted = area.planted.is_some_and(|(planted, _)| planted as usize == at);
        let name = name_of(row);
        let value = found.map(|found| number::fixed(found.value, 3)).unwrap_or_else(|| "…".to_owned());
        let interval = found.filter(|found| found.low < found.high);
        let title = interval.map(|found| {
            let [low, high] = [found.low, found.high].map(|of| number::fixed(of, 3));
            say!(brain.interval, low = low, high = high, p = number::digits(found.p as f32))
        });
        let whisker = interval.map(|found| {
            let [left, width] = [found.low / most, (found.high - found.low.max(0.0)) / most].map(percent);
            view! { <i class="brain-whisker" style:left=left style:width=width></i> }
        });
        let twin = untrained.map(|found| {
            view! { <i class="brain-twin" style:left=percent(found.value / most)></i> }
        });
        let bar = found.map(|found| view! { <i class="brain-bar" style:width=percent(found.value / most)></i> });
        view! {
            <li
                class:brain-is-planted=is_planted
                class:brain-is-shown=shown == Some(at)
                data-testid=format!("brain-row-{at}")
                data-value=found.map(|found| found.value.to_string())
            >
                <button
                    type="button"
                    class="brain-name"
                    title=title.clone()
                    on:click=move |_| BrainSettings::change(|settings| settings.row = Some(at as u32))
                >
                    {name}
                </button>
                <div class="brain-track">{open()}{bar}{whisker}{twin}</div>
                <span class="figure">{value}</span>
            </li>
        }
    };
    let listed = (0..report.rows.len()).filter(|&at| report.rows[at].source != RowSource::Untrained);
    let words = match (band, by) {
        (Some(_), StreamMeasure::Matrix) => say!(brain.band_matrix),
        (Some(_), _) => say!(brain.band),
        (None, StreamMeasure::Alignment) => say!(brain.band_alignment),
        (None, _) => say!(brain.band_none),
    };
    view! {
        <ul class="brain-rows" data-testid="brain-rows">{listed.map(row).collect_view()}</ul>
        <p class="hint">{words}</p>
    }
    .into_any()
}

/// Files stay here: each question takes them along.
fn bring(state: StreamState, files: Vec<File>) {
    spawn_local(async move {
        let mut found = Vec::new();
        for file in files {
            let Ok(bytes) = JsFuture::from(file.array_buffer()).await else { continue };
            found.push(AreaFile { name: file.name(), bytes: Uint8Array::new(&bytes).to_vec().into() });
        }
        if !found.is_empty() {
            state.files.try_set(found);
        }
    });
}

/// Every row beside every area.
fn save(state: StreamState) {
    let text = state.report.with_untracked(|report| {
        let report = report.as_ref()?;
        let head = "area,source,layer,numbers,matrix,matrix_low,matrix_high,matrix_p,cka,ridge,ridge_low,ridge_high,ridge_p,pls,pls_low,pls_high,pls_p\r\n";
        let mut text = head.to_owned();
        for area in &report.areas {
            for (row, score) in report.rows.iter().zip(&area.scores) {
                let Some(score) = score else { continue };
                let four = |found: Option<StreamEstimate>| match found {
                    Some(found) => format!("{},{},{},{}", found.value, found.low, found.high, found.p),
                    None => ",,,".to_owned(),
                };
                let cka = score.alignment.map(|value| value.to_string()).unwrap_or_default();
                let (matrix, ridge, pls) = (four(Some(score.matrix)), four(score.ridge), four(score.least_squares));
                let (name, source) = (&area.name, format!("{:?}", row.source).to_lowercase());
                text += &format!("{name},{source},{},{},{matrix},{cka},{ridge},{pls}\r\n", row.path, row.numbers);
            }
        }
        Some(text)
    });
    text.into_iter().for_each(|text| folder::save("brain.csv", text.as_bytes()));
}
