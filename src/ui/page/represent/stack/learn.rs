//! How a stack learns: the form, and how well each layer gives again what it reads.

use super::state::StackPage;
use crate::protocol::CodeData;
use crate::ui::page::bring_pictures;
use crate::ui::page::represent::settings::RepresentSettings;
use crate::ui::widget::{Card, ChartExtent, FileButton, Line, LineChart, StartStop, legend};
use crate::ui::{PageSettings, app, live, number};
use leptos::prelude::*;

/// Colours of layers, from the first one up.
const COLOURS: [&str; 6] = ["run-0", "run-1", "run-2", "run-3", "run-4", "run-5"];

fn colour(layer: u32) -> &'static str {
    COLOURS[layer as usize % COLOURS.len()]
}

pub(super) fn stack_learn_card(page: StackPage) -> AnyView {
    let bring = move |files| {
        bring_pictures(files, move || {
            RepresentSettings::change(|settings| settings.stack.data = CodeData::Own);
            page.brought.update(|count| *count += 1);
        });
    };
    let step = move || page.progress.with(|known| known.as_ref().map_or(0, |known| known.step)).to_string();
    let figures = move || {
        let known = page.progress.get()?;
        Some(say!(
            represent.stack_figures,
            step = number::count(known.step),
            of = number::count(known.of),
            seconds = number::fixed(known.seconds, 1),
            speed = number::count(known.steps_per_second as u64),
            params = number::count(known.params),
            examples = number::count(known.examples[0])
        ))
    };
    view! {
        <Card id="represent-stack-learn" title=words!(represent.learn) hint=words!(represent.stack_learn_hint)>
            <div class="fields">
                {controls!(
                    RepresentSettings, "stack-layers", "stack-units", "stack-steps", "stack-k", "stack-rate", "stack-batch", "stack-seed"
                )}
            </div>
            <div class="row-acts wraps">
                <StartStop id="represent-stack" of=page.learn.asking able=move || app().is_up() start=move |()| page.start() />
                <FileButton id="represent-stack-files" label=words!(represent.bring) many=true on_files=bring />
            </div>
            <p class="figure" data-testid="represent-stack-figures" data-step=live::text(step)>{live::maybe(figures)}</p>
            {errors(page)}
        </Card>
    }
    .into_any()
}

/// Of pictures that are not learnt from, one layer after the other.
fn errors(page: StackPage) -> AnyView {
    let layers = Memo::new(move |_| page.progress.with(|known| known.as_ref().map_or(0, |known| known.layer + 1)));
    let lines = Memo::new(move |_| {
        let line = |layer: u32| {
            page.progress.with(|known| {
                let points = known.iter().flat_map(|known| &known.points).filter(|point| point.layer == layer);
                let name = say!(represent.stack_layer, layer = number::count(layer + 1));
                Line::new(colour(layer), points.map(|point| [f64::from(point.step), point.reconstruction[1]]))
                    .named(&name)
            })
        };
        (0..layers.get()).map(line).collect::<Vec<_>>()
    });
    let extent = Memo::new(move |_| {
        let steps = page.settings.with(|settings| settings.stack.steps);
        let high = lines.with(|lines| {
            lines
                .iter()
                .flat_map(|line| &line.points)
                .map(|point| point[1])
                .filter(|y| y.is_finite())
                .fold(0.0, f64::max)
        });
        ChartExtent::linear([0.0, f64::from(steps)], [0.0, if high > 0.0 { 1.05 * high } else { 1.0 }])
    });
    let names = move || {
        let row = |layer: u32| (colour(layer), say!(represent.stack_layer, layer = number::count(layer + 1)));
        legend((0..layers.get()).map(row))
    };
    view! {
        <LineChart
            id="represent-stack-error"
            title=words!(represent.stack_error)
            extent
            lines
            figure=|error| number::digits(error as f32)
        />
        {live::view(names)}
    }
    .into_any()
}
