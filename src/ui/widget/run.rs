//! A run that learns while somebody watches: it is started, stopped, taken up again and saved, and its curves are drawn.

use super::{Button, Card, ChartExtent, Icon, Line, LineChart, legend, trouble_box};
use crate::protocol::RunProgress;
use crate::ui::ask::Asking;
use crate::ui::{Words, app, live, number, sentence};
use leptos::prelude::*;

/// The lines of a chart: so many of a run's numbers, from the first of them on.
#[derive(Clone, Copy)]
pub(crate) struct RunLines {
    pub(crate) id: &'static str,
    pub(crate) title: Words,
    pub(crate) first: usize,
    pub(crate) count: usize,
    /// Of the line of the number with this place.
    pub(crate) name: fn(usize) -> String,
}

/// A run on a page. `id` begins the names of all for tests.
pub(crate) struct RunPanel {
    pub(crate) id: &'static str,
    pub(crate) title: Words,
    pub(crate) hint: Words,
    pub(crate) fields: AnyView,
    pub(crate) going: Asking,
    pub(crate) progress: RwSignal<Option<RunProgress>>,
    /// Starts it, or goes on where it was stopped.
    pub(crate) start: Callback<bool>,
    /// Looks at pictures with what was learnt.
    pub(crate) look: Callback<()>,
    pub(crate) save: Callback<()>,
    pub(crate) figures: fn(&RunProgress) -> String,
    pub(crate) losses: RunLines,
    /// What a logarithmic axis shows of the loss.
    pub(crate) loss_limits: [f64; 2],
    pub(crate) shares: RunLines,
    /// Of the charts, in the style sheet of the page.
    pub(crate) class: &'static str,
}

/// Keeps what is heard of a run; `measured` is told where something new was measured, and at the end.
pub(crate) fn heard_run(
    progress: RwSignal<Option<RunProgress>>,
    measured: impl Fn() + Copy + 'static,
) -> impl Fn(RunProgress, bool) + Copy + 'static {
    let count = move || progress.with_untracked(|known| known.as_ref().map_or(0, |known| known.measured.len()));
    move |heard: RunProgress, is_whole: bool| {
        let before = count();
        progress.try_update(|known| *known = Some(if is_whole { heard } else { appended(known.take(), heard) }));
        if count() > before || is_whole {
            measured();
        }
    }
}

fn appended(before: Option<RunProgress>, heard: RunProgress) -> RunProgress {
    let Some(RunProgress { mut losses, mut measured, .. }) = before else { return heard };
    losses.extend(heard.losses);
    measured.extend(heard.measured);
    RunProgress { losses, measured, ..heard }
}

/// The last shares that were measured.
pub(crate) fn last_shares(progress: &RunProgress) -> Vec<String> {
    let shares = progress.measured.last().map_or_else(Vec::new, |(_, shares)| shares.clone());
    shares.into_iter().map(|share| number::percent(share as f32)).collect()
}

pub(crate) fn run_card(panel: RunPanel) -> AnyView {
    let RunPanel {
        id,
        title,
        hint,
        fields,
        going,
        progress,
        start,
        look,
        save,
        figures,
        losses,
        loss_limits,
        shares,
        class,
    } = panel;
    let of = move |ending: &str| format!("{id}{ending}");
    let has_some = Memo::new(move |_| progress.with(|known| known.as_ref().is_some_and(|known| known.step > 0)));
    // While it is stopped in the middle.
    let can_go_on = Memo::new(move |_| {
        !going.is_on()
            && progress.with(|known| known.as_ref().is_some_and(|known| known.step > 0 && known.step < known.of))
    });
    let told = move || {
        let known = progress.get()?;
        let seconds = f64::from(known.of.saturating_sub(known.step)) / f64::from(known.steps_per_second);
        let left = (seconds.is_finite() && going.is_on())
            .then(|| say!(distil.left, time = sentence::duration((1e3 * seconds) as u64)));
        Some([Some(figures(&known)), left].into_iter().flatten().collect::<Vec<_>>().join(" · "))
    };
    let step = move || progress.with(|known| known.as_ref().map_or(0, |known| known.step)).to_string();
    // As far as it has come.
    let steps =
        Memo::new(move |_| progress.with(|known| known.as_ref().map_or(10.0, |known| f64::from(known.step.max(10)))));
    let hover = RwSignal::new(None::<f64>);
    let lowest = loss_limits[0];
    let loss_lines =
        Memo::new(move |_| progress.with(|known| lines(known.as_ref().map(|known| &known.losses), losses, lowest)));
    let share_lines =
        Memo::new(move |_| progress.with(|known| lines(known.as_ref().map(|known| &known.measured), shares, 0.0)));
    view! {
        <Card id title hint>
            <div class="fields">{fields}</div>
            <div class="row-acts wraps">
                <Button
                    id=of("-start")
                    class="btn main"
                    words=words!(train.start)
                    off=move || !app().is_up() || going.is_on()
                    on_press=move |()| start.run(false)
                />
                <Button
                    id=of("-stop")
                    words=words!(optimise.stop)
                    off=move || !going.is_on()
                    on_press=move |()| going.stop()
                />
                <Button
                    id=of("-on")
                    words=words!(run.go_on)
                    off=move || !can_go_on.get()
                    on_press=move |()| start.run(true)
                />
                <Button id=of("-look") words=words!(run.look) off=move || !has_some.get() on_press=look />
                <Button
                    id=of("-save")
                    icon=Icon::Download
                    words=words!(run.save)
                    off=move || !has_some.get()
                    on_press=save
                />
            </div>
            {trouble_box(move || going.trouble())}
            <p class="figure" data-testid=of("-figures") data-step=live::text(step)>
                {live::maybe(told)}
            </p>
            <div class=class class:gone=live::flag(move || !has_some.get())>
                <div>
                    <LineChart
                        id=losses.id
                        title=losses.title
                        extent=move || ChartExtent::log_y([0.0, steps.get()], loss_limits)
                        lines=loss_lines
                        figure=|loss| number::digits(loss as f32)
                        hover
                    />
                    {names(losses)}
                </div>
                <div>
                    <LineChart
                        id=shares.id
                        title=shares.title
                        extent=move || ChartExtent::share([0.0, steps.get()])
                        lines=share_lines
                        figure=|share| number::percent(share as f32)
                        hover
                    />
                    {names(shares)}
                </div>
            </div>
        </Card>
    }
    .into_any()
}

fn colour(line: usize) -> String {
    format!("run-{line}")
}

fn lines<V: Copy + Into<f64>>(points: Option<&Vec<(u32, Vec<V>)>>, of: RunLines, lowest: f64) -> Vec<Line> {
    let RunLines { first, count, name, .. } = of;
    let one = |line: usize| {
        let point =
            |(step, values): &(u32, Vec<V>)| Some([f64::from(*step), (*values.get(first + line)?).into().max(lowest)]);
        Line::new(&colour(line), points.into_iter().flatten().filter_map(point)).named(&name(first + line))
    };
    (0..count).map(one).collect()
}

fn names(of: RunLines) -> AnyView {
    let RunLines { first, count, name, .. } = of;
    legend((0..count).map(|line| (colour(line), live::text(move || name(first + line)))))
}
