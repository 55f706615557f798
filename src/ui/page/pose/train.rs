//! The cascade learns in the page: the loss of each stage, and PCK on other figures.

use super::measure::stage_name;
use super::settings::{CascadeOrigin, PoseExamples, PoseSettings};
use super::state::PoseState;
use crate::protocol::{Exported, Pose, PoseNetwork, PoseTrain, Posed, RunProgress, Trouble};
use crate::ui::client::unexpected;
use crate::ui::widget::{RunLines, RunPanel, heard_run, last_shares, run_card};
use crate::ui::{PageSettings, app, folder, number};
use leptos::prelude::*;

async fn save() -> Result<(), Trouble> {
    match app().client.answer(Pose::Save).await? {
        Posed::Saved(Exported { name, bytes }) => folder::save(&name, &bytes),
        _ => return Err(unexpected("Save")),
    }
    Ok(())
}

fn figures(known: &RunProgress) -> String {
    let shares = last_shares(known);
    say!(
        pose.train_figures,
        step = number::count(known.step),
        of = number::count(known.of),
        seconds = format!("{:.0}", known.seconds),
        speed = number::digits(known.steps_per_second),
        pck = if shares.is_empty() { "–".to_owned() } else { shares.join(" / ") },
        params = number::count(known.params)
    )
}

pub(super) fn train_card(state: PoseState) -> AnyView {
    let going = ask!(Pose, Single, Posed::Trained);
    let progress = RwSignal::new(None);
    let start = move |resume: bool| {
        // One that goes on tells its curves from the beginning.
        progress.set(None);
        let backend = app().route.with_untracked(|route| route.backend);
        let (train, examples) = state.settings.with_untracked(|settings| (settings.train.clone(), settings.examples));
        let own = examples == PoseExamples::Own;
        let job = Pose::Train(PoseTrain { backend, resume, own, ..train });
        going.stream(job, Some, heard_run(progress, move || state.look_again()));
    };
    let look = |()| {
        PoseSettings::change(|settings| {
            settings.task.network = PoseNetwork::Cascade;
            settings.origin = CascadeOrigin::Trained;
        });
    };
    run_card(RunPanel {
        id: "pose-train",
        title: words!(pose.train),
        hint: words!(pose.train_hint),
        fields: controls!(PoseSettings, "from", "steps", "batch", "rate", "train-seed").into_any(),
        going: going.asking,
        progress,
        start: Callback::new(start),
        look: Callback::new(look),
        save: Callback::new(|()| app().try_to(save())),
        figures,
        losses: RunLines {
            id: "pose-loss",
            title: words!(run.loss),
            first: 1,
            count: 3,
            name: |place| stage_name(place - 1),
        },
        loss_limits: [1e-4, 1.0],
        shares: RunLines { id: "pose-pck", title: words!(pose.train_pck), first: 0, count: 3, name: stage_name },
        class: "pose-charts",
    })
}
