//! How the autoencoder learns: the form, and what a pixel is off by, step by step.

use super::state::CodePage;
use crate::protocol::{CodeData, CodeNetwork, Exported, Represent, Represented, RunProgress, Trouble};
use crate::ui::client::unexpected;
use crate::ui::page::bring_pictures;
use crate::ui::page::represent::settings::RepresentSettings;
use crate::ui::widget::{Button, Card, ChartExtent, FileButton, Icon, Line, LineChart, StartStop, computed_on, legend};
use crate::ui::{PageSettings, app, folder, live, number};
use leptos::prelude::*;

async fn save() -> Result<(), Trouble> {
    match app().client.answer(Represent::SaveAutoencoder).await? {
        Represented::Saved(Exported { name, bytes }) => folder::save(&name, &bytes),
        _ => return Err(unexpected("SaveAutoencoder")),
    }
    Ok(())
}

pub(super) fn learn_card(page: CodePage) -> AnyView {
    let has_some = Memo::new(move |_| page.progress.with(|known| known.as_ref().is_some_and(|known| known.step > 0)));
    let can_go_on = Memo::new(move |_| {
        !page.learn.is_on()
            && page.progress.with(|known| known.as_ref().is_some_and(|known| known.step > 0 && known.step < known.of))
    });
    let bring = move |files| {
        bring_pictures(files, move || {
            RepresentSettings::change(|settings| settings.code.data = CodeData::Own);
            page.brought.update(|count| *count += 1);
        });
    };
    view! {
        <Card id="represent-code-learn" title=words!(represent.learn) hint=words!(represent.code_learn_hint)>
            <div class="fields">
                {controls!(
                    RepresentSettings, "ask", "strength", "width", "layers", "code-steps", "code-batch", "code-rate", "code-seed"
                )}
            </div>
            <div class="row-acts wraps">
                <StartStop id="represent-code" of=page.learn.asking able=move || app().is_up() start=move |()| page.start(false) />
                <Button
                    id="represent-code-on"
                    words=words!(run.go_on)
                    off=move || !can_go_on.get()
                    on_press=move |()| page.start(true)
                />
                <FileButton id="represent-code-files" label=words!(represent.bring) many=true on_files=bring />
                <Button
                    id="represent-code-save"
                    icon=Icon::Download
                    words=words!(run.save)
                    off=move || !has_some.get()
                    on_press=move |()| app().try_to(save())
                />
            </div>
            <p class="figure" data-testid="represent-code-figures" data-step=live::text(move || step(page).to_string())>
                {live::maybe(move || page.progress.with(|known| known.as_ref().map(|known| figures(page, known))))}
                " · "
                {live::view(move || page.progress.with(|known| known.as_ref().map(|known| computed_on(&known.backend))).into_any())}
            </p>
            <div class="represent-charts" class:gone=live::flag(move || !has_some.get())>
                {errors(page)}
                {live::view(move || match is_linear(page) {
                    true => angles(page),
                    false => losses(page),
                })}
            </div>
        </Card>
    }
    .into_any()
}

fn step(page: CodePage) -> u32 {
    page.progress.with(|known| known.as_ref().map_or(0, |known| known.step))
}

fn is_linear(page: CodePage) -> bool {
    page.settings.with(|settings| settings.code.network == CodeNetwork::Linear)
}

fn figures(page: CodePage, known: &RunProgress) -> String {
    let examples = page.examples.with(|examples| examples.as_ref().map_or(0, |examples| examples.learnt_from));
    say!(
        represent.code_figures,
        step = number::count(known.step),
        of = number::count(known.of),
        seconds = number::fixed(f64::from(known.seconds), 1),
        speed = number::count(known.steps_per_second as u64),
        params = number::count(known.params),
        examples = number::count(examples)
    )
}

/// The squared error of a pixel, learning and on other pictures, and of as many principal components.
fn errors(page: CodePage) -> AnyView {
    let steps = Memo::new(move |_| f64::from(step(page).max(10)));
    let lines = Memo::new(move |_| {
        page.progress.with(|known| {
            let losses = known.iter().flat_map(|known| &known.losses);
            let learning = losses.filter_map(|(step, numbers)| Some([f64::from(*step), f64::from(*numbers.get(1)?)]));
            let measured = known.iter().flat_map(|known| &known.measured);
            let others = measured.filter_map(|(step, numbers)| Some([f64::from(*step), *numbers.first()?]));
            let learning = Line::new("run-5", learning).drawn("run-5 raw present").named(say!(represent.training));
            let others = Line::new("run-0", others).named(say!(represent.validation));
            let level = page
                .components_error
                .get()
                .map(|error| Line::level("run-2", [0.0, steps.get()], error).named(say!(represent.code_components)));
            [learning, others].into_iter().chain(level).collect::<Vec<_>>()
        })
    });
    let extent = Memo::new(move |_| {
        let all = lines.with(|lines| {
            let values = lines.iter().flat_map(|line| &line.points).map(|point| point[1]).filter(|error| *error > 0.0);
            values.fold([f64::INFINITY, 0.0_f64], |[low, high], at| [low.min(at), high.max(at)])
        });
        let [low, high] = if all[1] > 0.0 { [0.8 * all[0], 1.1 * all[1]] } else { [0.01, 0.1] };
        ChartExtent::log_y([0.0, steps.get()], [low, high])
    });
    view! {
        <div>
            <LineChart
                id="represent-code-error"
                title=words!(represent.code_error)
                extent
                lines
                figure=|error| number::digits(error as f32)
            />
            {legend([
                ("run-5".to_owned(), live::name(|| Some(say!(represent.training)))),
                ("run-0".to_owned(), live::name(|| Some(say!(represent.validation)))),
                ("run-2".to_owned(), live::name(|| Some(say!(represent.code_components)))),
            ])}
        </div>
    }
    .into_any()
}

/// What is made small.
fn losses(page: CodePage) -> AnyView {
    let steps = Memo::new(move |_| f64::from(step(page).max(10)));
    let lines = Memo::new(move |_| {
        page.progress.with(|known| {
            let losses = known.iter().flat_map(|known| &known.losses);
            let points = losses.filter_map(|(step, numbers)| Some([f64::from(*step), f64::from(*numbers.first()?)]));
            vec![Line::new("run-1", points).named("")]
        })
    });
    let extent = Memo::new(move |_| {
        let [low, high] = lines.with(|lines| {
            let values = lines.iter().flat_map(|line| &line.points).map(|point| point[1]);
            values.fold([f64::INFINITY, 0.0_f64], |[low, high], at| [low.min(at), high.max(at)])
        });
        ChartExtent::linear([0.0, steps.get()], if high > 0.0 { [0.95 * low, 1.02 * high] } else { [0.0, 1.0] })
    });
    view! {
        <LineChart
            id="represent-code-loss"
            title=words!(represent.code_loss)
            extent
            lines
            figure=|loss| number::digits(loss as f32)
        />
    }
    .into_any()
}

/// Of a linear network: how far the space of its pictures is from that of the principal components.
fn angles(page: CodePage) -> AnyView {
    let steps = Memo::new(move |_| f64::from(step(page).max(10)));
    let lines = Memo::new(move |_| {
        page.progress.with(|known| {
            let measured = known.iter().flat_map(|known| &known.measured);
            let points = measured.filter_map(|(step, numbers)| Some([f64::from(*step), *numbers.get(1)?]));
            vec![Line::new("run-1", points).named("")]
        })
    });
    view! {
        <LineChart
            id="represent-code-angle"
            title=words!(represent.code_angle)
            extent=move || ChartExtent::log_y([0.0, steps.get()], [0.01, 90.0])
            lines
            figure=|angle| format!("{}°", number::digits(angle as f32))
        />
    }
    .into_any()
}
