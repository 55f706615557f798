//! The cascade learns in the page: the loss of each stage, and PCK on other figures.

use super::measure::stage_name;
use super::settings::{CascadeOrigin, PoseExamples, PoseSettings};
use super::state::PoseState;
use crate::protocol::{Exported, Pose, PoseNetwork, PoseProgress, PoseTrain, Posed, Trouble};
use crate::ui::client::unexpected;
use crate::ui::widget::{Button, Card, ChartExtent, Icon, Line, LineChart, trouble_box};
use crate::ui::{PageSettings, app, folder, live, number, sentence};
use leptos::prelude::*;

const COLOURS: [&str; 3] = ["run-0", "run-1", "run-2"];
/// What a logarithmic axis shows of the loss.
const LOSSES: [f64; 2] = [1e-4, 1.0];

fn appended(before: Option<PoseProgress>, heard: PoseProgress) -> PoseProgress {
    let Some(PoseProgress { mut losses, mut accuracy, .. }) = before else { return heard };
    losses.extend(&heard.losses);
    accuracy.extend(&heard.accuracy);
    PoseProgress { losses, accuracy, ..heard }
}

async fn save() -> Result<(), Trouble> {
    match app().client.answer(Pose::Save).await? {
        Posed::Saved(Exported { name, bytes }) => folder::save(&name, &bytes),
        _ => return Err(unexpected("Save")),
    }
    Ok(())
}

pub(super) fn train_card(state: PoseState) -> AnyView {
    let going = ask!(Pose, Single, Posed::Trained);
    let progress = RwSignal::new(None::<PoseProgress>);
    let hear = move |heard: PoseProgress, is_whole: bool| {
        let before = progress.with_untracked(|known| known.as_ref().map_or(0, |known| known.accuracy.len()));
        progress.try_update(|known| *known = Some(if is_whole { heard } else { appended(known.take(), heard) }));
        let after = progress.with_untracked(|known| known.as_ref().map_or(0, |known| known.accuracy.len()));
        if after > before || is_whole {
            state.look_again();
        }
    };
    let start = move |resume: bool| {
        // One that goes on tells its curves from the beginning.
        progress.set(None);
        let backend = app().route.with_untracked(|route| route.backend);
        let (train, examples) = state.settings.with_untracked(|settings| (settings.train.clone(), settings.examples));
        let own = examples == PoseExamples::Own;
        going.stream(Pose::Train(PoseTrain { backend, resume, own, ..train }), Some, hear);
    };
    let has_some = Memo::new(move |_| progress.with(|known| known.as_ref().is_some_and(|known| known.step > 0)));
    // While it is stopped in the middle.
    let can_go_on = Memo::new(move |_| {
        !going.is_on()
            && progress.with(|known| known.as_ref().is_some_and(|known| known.step > 0 && known.step < known.of))
    });
    let figures = move || {
        let known = progress.get()?;
        let shares =
            known.accuracy.last().map(|(_, shares)| shares.map(|share| number::percent(share as f32)).join(" / "));
        let seconds = f64::from(known.of.saturating_sub(known.step)) / f64::from(known.steps_per_second);
        let left = (seconds.is_finite() && going.is_on())
            .then(|| say!(distil.left, time = sentence::duration((1e3 * seconds) as u64)));
        let figures = say!(
            pose.train_figures,
            step = number::count(known.step),
            of = number::count(known.of),
            seconds = format!("{:.0}", known.seconds),
            speed = number::digits(known.steps_per_second),
            pck = shares.unwrap_or_else(|| "–".to_owned()),
            params = number::count(known.params)
        );
        Some([Some(figures), left].into_iter().flatten().collect::<Vec<_>>().join(" · "))
    };
    let look = move |()| {
        PoseSettings::change(|settings| {
            settings.task.network = PoseNetwork::Cascade;
            settings.origin = CascadeOrigin::Trained;
        });
    };
    let step = move || progress.with(|known| known.as_ref().map_or(0, |known| known.step)).to_string();
    view! {
        <Card id="pose-train" title=words!(pose.train) hint=words!(pose.train_hint)>
            <div class="fields">{controls!(PoseSettings, "from", "steps", "batch", "rate", "train-seed")}</div>
            <div class="row-acts wraps">
                <Button
                    id="pose-train-start"
                    class="btn primary"
                    words=words!(train.start)
                    off=move || !app().is_up() || going.is_on()
                    on_press=move |()| start(false)
                />
                <Button
                    id="pose-train-stop"
                    words=words!(optimise.stop)
                    off=move || !going.is_on()
                    on_press=move |()| going.stop()
                />
                <Button
                    id="pose-train-on"
                    words=words!(detect.train_on)
                    off=move || !can_go_on.get()
                    on_press=move |()| start(true)
                />
                <Button id="pose-train-look" words=words!(detect.train_look) off=move || !has_some.get() on_press=look />
                <Button
                    id="pose-train-save"
                    icon=Icon::Download
                    words=words!(detect.train_save)
                    off=move || !has_some.get()
                    on_press=move |()| app().try_to(save())
                />
            </div>
            {trouble_box(move || going.trouble())}
            <p class="figure" data-testid="pose-train-figures" data-step=live::text(step)>
                {live::maybe(figures)}
            </p>
            <div class="pose-charts" class:gone=live::flag(move || !has_some.get())>{curves(progress)}</div>
        </Card>
    }
    .into_any()
}

fn curves(progress: RwSignal<Option<PoseProgress>>) -> AnyView {
    let hover = RwSignal::new(None::<f64>);
    // As far as it has come.
    let steps =
        Memo::new(move |_| progress.with(|known| known.as_ref().map_or(10.0, |known| f64::from(known.step.max(10)))));
    let losses = Memo::new(move |_| {
        let line = |stage: usize| {
            let place =
                move |(step, parts): &(u32, [f32; 3])| [f64::from(*step), f64::from(parts[stage]).max(LOSSES[0])];
            progress.with(|known| {
                let points = known.iter().flat_map(|known| &known.losses).map(place);
                Line::new(COLOURS[stage], points).named(&stage_name(stage))
            })
        };
        (0..3).map(line).collect::<Vec<_>>()
    });
    let accuracy = Memo::new(move |_| {
        let line = |stage: usize| {
            let place = move |(step, shares): &(u32, [f64; 3])| [f64::from(*step), shares[stage]];
            progress.with(|known| {
                let points = known.iter().flat_map(|known| &known.accuracy).map(place);
                Line::new(COLOURS[stage], points).named(&stage_name(stage))
            })
        };
        (0..3).map(line).collect::<Vec<_>>()
    });
    view! {
        <LineChart
            id="pose-loss"
            title=words!(detect.loss)
            extent=move || ChartExtent::log_y([0.0, steps.get()], LOSSES)
            lines=losses
            figure=|loss| number::digits(loss as f32)
            hover
        />
        <LineChart
            id="pose-pck"
            title=words!(pose.train_pck)
            extent=move || ChartExtent::share([0.0, steps.get()])
            lines=accuracy
            figure=|share| number::percent(share as f32)
            hover
        />
    }
    .into_any()
}
