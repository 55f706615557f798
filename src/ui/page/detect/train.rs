//! Faster R-CNN learns in the page, from scenes that the program draws or from a person's boxes: losses, and precision on other pictures.

use super::settings::{DetectSettings, DetectorOrigin, LessonSource};
use super::state::DetectState;
use crate::protocol::{Detect, DetectNews, DetectTrain, Detected, DetectorKind, Exported, RunProgress, Trouble};
use crate::ui::client::unexpected;
use crate::ui::widget::{RunLines, RunPanel, heard_run, last_shares, run_card};
use crate::ui::{PageSettings, Words, app, folder, number};
use leptos::prelude::*;

/// The loss, and its parts.
const LOSSES: [Words; 5] = [
    words!(detect.loss_all),
    words!(detect.loss_objectness),
    words!(detect.loss_anchors),
    words!(detect.loss_classes),
    words!(detect.loss_boxes),
];
const SHARES: [Words; 2] = [words!(detect.ap50), words!(detect.coco75)];

async fn save() -> Result<(), Trouble> {
    match app().client.answer(Detect::Save).await? {
        Detected::Saved(Exported { name, bytes }) => folder::save(&name, &bytes),
        _ => return Err(unexpected("Save")),
    }
    Ok(())
}

fn figures(known: &RunProgress) -> String {
    let shares = last_shares(known);
    let share = |at: usize| shares.get(at).cloned().unwrap_or_else(|| "–".to_owned());
    say!(
        detect.train_figures,
        step = number::count(known.step),
        of = number::count(known.of),
        seconds = format!("{:.0}", known.seconds),
        speed = number::digits(known.steps_per_second),
        ap50 = share(0),
        ap75 = share(1),
        params = number::count(known.params)
    )
}

pub(super) fn train_card(state: DetectState) -> AnyView {
    let going = ask!(Detect, Single, Detected::Trained);
    let progress = RwSignal::new(None);
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
        let job = Detect::Train(DetectTrain { backend, resume, own, ..train });
        going.stream(job, training, heard_run(progress, move || state.look_again()));
    };
    let look = |()| {
        DetectSettings::change(|settings| {
            settings.task.detector = DetectorKind::TwoStage;
            settings.origin = DetectorOrigin::Trained;
        });
    };
    run_card(RunPanel {
        id: "detect-train",
        title: words!(detect.train),
        hint: words!(detect.train_hint),
        fields: controls!(DetectSettings, "lessons", "steps", "batch", "rate", "train-seed").into_any(),
        going: going.asking,
        progress,
        start: Callback::new(start),
        look: Callback::new(look),
        save: Callback::new(|()| app().try_to(save())),
        figures,
        losses: RunLines {
            id: "detect-loss",
            title: words!(run.loss),
            first: 0,
            count: 5,
            name: |at| LOSSES[at]().to_owned(),
        },
        loss_limits: [1e-2, 6.0],
        shares: RunLines {
            id: "detect-precision",
            title: words!(detect.train_precision),
            first: 0,
            count: 2,
            name: |at| SHARES[at]().to_owned(),
        },
        class: "detect-charts",
    })
}
