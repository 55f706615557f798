//! The transformed pictures with what the network says of them, and the layers in figures.

use super::super::settings::LookSettings;
use super::SimilarityMeasure;
use super::charts::shade;
use crate::protocol::{InvarianceFound, LayerCurves, TransformedPicture};
use crate::ui::widget::PixelsView;
use crate::ui::{live, number, sentence};
use leptos::prelude::*;

pub(super) fn strip(shown: RwSignal<Option<InvarianceFound>>) -> AnyView {
    // News bring the same pictures again.
    let pictures = Memo::new(move |_| {
        shown.with(|found| found.as_ref().map(|found| (found.strip.clone(), found.untouched as usize)))
    });
    let all = move || {
        let (pictures, untouched) = pictures.get().unwrap_or_default();
        pictures.into_iter().enumerate().map(|(at, one)| picture(one, at == untouched)).collect_view().into_any()
    };
    view! {
        <h3 class="excite-head">{words!(look.same_strip)}</h3>
        <div class="scroll" tabindex="0" role="group" aria-label=words!(look.same_strip)>
            <ol class="same-strip" data-testid="invariance-strip">{live::view(all)}</ol>
        </div>
        <p class="hint">{words!(look.same_strip_hint)}</p>
    }
    .into_any()
}

fn picture(one: TransformedPicture, is_untouched: bool) -> AnyView {
    let TransformedPicture { value, seen, top, kept } = one;
    let (label, label_ja) = (top.label.clone(), top.label_ja.clone());
    view! {
        <li
            class:same-untouched=is_untouched
            data-testid="invariance-picture"
            data-value=value.to_string()
            data-label=top.label
            data-probability=top.probability.to_string()
            data-kept=kept.to_string()
        >
            <PixelsView pixels=Signal::stored(seen) />
            <b class="figure">{number::digits(value as f32)}</b>
            <span>{live::text(move || sentence::in_language(&[label.clone(), label_ja.clone()]).to_owned())}</span>
            <span class="figure">{number::percent(top.probability)}</span>
        </li>
    }
    .into_any()
}

pub(super) fn layer_table(settings: Memo<LookSettings>, shown: RwSignal<Option<InvarianceFound>>) -> AnyView {
    let measure = Memo::new(move |_| settings.with(|settings| settings.measure));
    let rows = move || {
        let measure = measure.get();
        shown.with(|found| {
            let Some(found) = found else { return ().into_any() };
            let (of, untouched) = (found.layers.len(), found.untouched as usize);
            let row = |(at, layer)| row(at, of, layer, untouched, measure);
            found.layers.iter().enumerate().map(row).collect_view().into_any()
        })
    };
    view! {
        <div class="scroll" tabindex="0" role="group" aria-label=words!(look.same_table)>
            <table class="look-table" data-testid="invariance-table">
                <thead>
                    <tr>
                        <th scope="col">{words!(look.layer)}</th>
                        <th scope="col">{words!(look.same_response)}</th>
                        <th scope="col">{words!(look.same_invariance)}</th>
                        <th scope="col">{words!(look.same_apart)}</th>
                        <th scope="col">{words!(look.same_apart_moved)}</th>
                        <th scope="col">{words!(look.same_within)}</th>
                    </tr>
                </thead>
                <tbody>{live::view(rows)}</tbody>
            </table>
        </div>
        <p class="hint">{words!(look.same_table_hint)}</p>
    }
    .into_any()
}

fn row(at: usize, of: usize, layer: &LayerCurves, untouched: usize, measure: SimilarityMeasure) -> AnyView {
    let LayerCurves { path, shape, told, within, squares, .. } = layer;
    let mean = LayerCurves::mean(measure.of(layer), untouched);
    let (apart, moved) = (told.get(untouched).copied(), LayerCurves::mean(told, untouched));
    let figure = |value: Option<f32>| value.map_or_else(|| "–".to_owned(), |value| number::fixed(value.into(), 3));
    let share = |value: Option<f32>| value.map_or_else(|| "–".to_owned(), number::percent);
    let within = apart.map(|_| *within);
    let squares = squares.map(|[high, wide]| format!(" → {high} × {wide}"));
    view! {
        <tr
            data-testid="invariance-row"
            data-layer=path.clone()
            data-mean=mean.map(|mean| mean.to_string())
            data-apart=apart.map(|apart| apart.to_string())
            data-moved=moved.map(|moved| moved.to_string())
            data-within=within.map(|within| within.to_string())
        >
            <th scope="row"><span class=format!("swatch {}", shade(at, of))><i></i></span> {format!(" {at} · {path}")}</th>
            <td class="figure">{number::shape(shape)} {squares}</td>
            <td class="figure">{figure(mean)}</td>
            <td class="figure">{share(apart)}</td>
            <td class="figure">{share(moved)}</td>
            <td class="figure">{figure(within)}</td>
        </tr>
    }
    .into_any()
}
