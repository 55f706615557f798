//! Faster R-CNN learns in the page, from scenes that the program draws: losses, and precision on other scenes.

use super::settings::{DetectSettings, DetectorOrigin, LessonSource};
use super::state::DetectState;
use crate::protocol::{Detect, DetectNews, DetectTrain, Detected, DetectorKind, DetectorProgress, Exported, Trouble};
use crate::ui::client::unexpected;
use crate::ui::widget::{Button, Card, ChartExtent, Icon, Line, LineChart, trouble_box};
use crate::ui::{PageSettings, Words, app, folder, live, number, sentence};
use leptos::prelude::*;

/// What a logarithmic axis shows of the loss.
const LOSSES: [f64; 2] = [1e-2, 6.0];

fn appended(before: Option<DetectorProgress>, heard: DetectorProgress) -> DetectorProgress {
    let Some(DetectorProgress { mut losses, mut precision, .. }) = before else { return heard };
    losses.extend(&heard.losses);
    precision.extend(&heard.precision);
    DetectorProgress { losses, precision, ..heard }
}

async fn save() -> Result<(), Trouble> {
    match app().client.answer(Detect::Save).await? {
        Detected::Saved(Exported { name, bytes }) => folder::save(&name, &bytes),
        _ => return Err(unexpected("Save")),
    }
    Ok(())
}

pub(super) fn train_card(state: DetectState) -> AnyView {
    let going = ask!(Detect, Single, Detected::Trained);
    let progress = RwSignal::new(None::<DetectorProgress>);
    let hear = move |heard: DetectorProgress, is_whole: bool| {
        let before = progress.with_untracked(|known| known.as_ref().map_or(0, |known| known.precision.len()));
        progress.try_update(|known| *known = Some(if is_whole { heard } else { appended(known.take(), heard) }));
        let after = progress.with_untracked(|known| known.as_ref().map_or(0, |known| known.precision.len()));
        if after > before || is_whole {
            state.look_again();
        }
    };
    let training = |news| match news {
        DetectNews::Training(progress) => Some(progress),
        DetectNews::Found(_) => None,
    };
    let start = move |resume: bool| {
        // One that goes on tells its curves from the beginning.
        progress.set(None);
        let backend = app().route.with_untracked(|route| route.backend);
        let train = state.settings.with_untracked(|settings| settings.train.clone());
        let own = state.settings.with_untracked(|settings| settings.lessons == LessonSource::Own);
        going.stream(Detect::Train(DetectTrain { backend, resume, own, ..train }), training, hear);
    };
    let has_some = Memo::new(move |_| progress.with(|known| known.as_ref().is_some_and(|known| known.step > 0)));
    // While it is stopped in the middle.
    let can_go_on = Memo::new(move |_| {
        !going.is_on()
            && progress.with(|known| known.as_ref().is_some_and(|known| known.step > 0 && known.step < known.of))
    });
    let figures = move || {
        let known = progress.get()?;
        let [ap50, ap75] = known.precision.last().map_or_else(
            || ["–".to_owned(), "–".to_owned()],
            |(_, shares)| shares.map(|share| number::percent(share as f32)),
        );
        let seconds = f64::from(known.of.saturating_sub(known.step)) / f64::from(known.steps_per_second);
        let left = (seconds.is_finite() && going.is_on())
            .then(|| say!(distil.left, time = sentence::duration((1e3 * seconds) as u64)));
        let figures = say!(
            detect.train_figures,
            step = number::count(known.step),
            of = number::count(known.of),
            seconds = format!("{:.0}", known.seconds),
            speed = number::digits(known.steps_per_second),
            ap50 = ap50,
            ap75 = ap75,
            params = number::count(known.params)
        );
        Some([Some(figures), left].into_iter().flatten().collect::<Vec<_>>().join(" · "))
    };
    let look = move |()| {
        DetectSettings::change(|settings| {
            settings.task.detector = DetectorKind::TwoStage;
            settings.origin = DetectorOrigin::Trained;
        });
    };
    let step = move || progress.with(|known| known.as_ref().map_or(0, |known| known.step)).to_string();
    view! {
        <Card id="detect-train" title=words!(detect.train) hint=words!(detect.train_hint)>
            <div class="fields">{controls!(DetectSettings, "lessons", "steps", "batch", "rate", "train-seed")}</div>
            <div class="row-acts wraps">
                <Button
                    id="detect-train-start"
                    class="btn primary"
                    words=words!(train.start)
                    off=move || !app().is_up() || going.is_on()
                    on_press=move |()| start(false)
                />
                <Button
                    id="detect-train-stop"
                    words=words!(optimise.stop)
                    off=move || !going.is_on()
                    on_press=move |()| going.stop()
                />
                <Button
                    id="detect-train-on"
                    words=words!(detect.train_on)
                    off=move || !can_go_on.get()
                    on_press=move |()| start(true)
                />
                <Button id="detect-train-look" words=words!(detect.train_look) off=move || !has_some.get() on_press=look />
                <Button
                    id="detect-train-save"
                    icon=Icon::Download
                    words=words!(detect.train_save)
                    off=move || !has_some.get()
                    on_press=move |()| app().try_to(save())
                />
            </div>
            {trouble_box(move || going.trouble())}
            <p class="figure" data-testid="detect-train-figures" data-step=live::text(step)>
                {live::maybe(figures)}
            </p>
            <div class="detect-charts" class:gone=live::flag(move || !has_some.get())>{curves(progress)}</div>
        </Card>
    }
    .into_any()
}

fn curves(progress: RwSignal<Option<DetectorProgress>>) -> AnyView {
    let hover = RwSignal::new(None::<f64>);
    // As far as it has come.
    let steps =
        Memo::new(move |_| progress.with(|known| known.as_ref().map_or(10.0, |known| f64::from(known.step.max(10)))));
    let line = move |colour: &str, name: &str, part: fn(&[f32; 5]) -> f32| {
        let place = |(step, parts): &(u32, [f32; 5])| [f64::from(*step), f64::from(part(parts)).max(LOSSES[0])];
        progress.with(|known| Line::new(colour, known.iter().flat_map(|known| &known.losses).map(place)).named(name))
    };
    let losses = Memo::new(move |_| {
        vec![
            line("run-0", say!(detect.loss_all), |parts| parts[0]),
            line("run-1", say!(detect.loss_objectness), |parts| parts[1]),
            line("run-2", say!(detect.loss_anchors), |parts| parts[2]),
            line("run-3", say!(detect.loss_classes), |parts| parts[3]),
            line("run-4", say!(detect.loss_boxes), |parts| parts[4]),
        ]
    });
    let precision = Memo::new(move |_| {
        let of = |colour: &str, name: &str, at: usize| {
            let place = |(step, shares): &(u32, [f64; 2])| [f64::from(*step), shares[at]];
            progress
                .with(|known| Line::new(colour, known.iter().flat_map(|known| &known.precision).map(place)).named(name))
        };
        vec![of("run-0", say!(detect.ap50), 0), of("run-1", say!(detect.coco75), 1)]
    });
    view! {
        <div>
        <LineChart
            id="detect-loss"
            title=words!(detect.loss)
            extent=move || ChartExtent::log_y([0.0, steps.get()], LOSSES)
            lines=losses
            figure=|loss| number::digits(loss as f32)
            hover
        />
        {legend(&[
            ("run-0", words!(detect.loss_all)),
            ("run-1", words!(detect.loss_objectness)),
            ("run-2", words!(detect.loss_anchors)),
            ("run-3", words!(detect.loss_classes)),
            ("run-4", words!(detect.loss_boxes)),
        ])}
        </div>
        <div>
        <LineChart
            id="detect-precision"
            title=words!(detect.train_precision)
            extent=move || ChartExtent::share([0.0, steps.get()])
            lines=precision
            figure=|share| number::percent(share as f32)
            hover
        />
        {legend(&[("run-0", words!(detect.ap50)), ("run-1", words!(detect.coco75))])}
        </div>
    }
    .into_any()
}

/// Which line is which.
fn legend(lines: &[(&'static str, Words)]) -> AnyView {
    let one = |(colour, words): &(&'static str, Words)| {
        view! { <li><i class=format!("detect-line {colour}") aria-hidden="true"></i> {*words}</li> }
    };
    view! { <ul class="legend">{lines.iter().map(one).collect_view()}</ul> }.into_any()
}
