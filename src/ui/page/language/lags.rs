//! How far back a model remembers: the gradient over the lag.

use super::board::model_name;
use super::chart::colour;
use super::state::LanguageState;
use crate::protocol::{GradientLags, LagRun};
use crate::ui::widget::{Button, Card, ChartExtent, Line, LineChart, legend, trouble_box};
use crate::ui::{live, number};
use leptos::prelude::*;

/// The lag that is told of.
const FAR: usize = 50;

pub(super) fn lags_card(state: LanguageState) -> AnyView {
    let lines = Memo::new(move |_| {
        let line = |of: &GradientLags| {
            let points = of.norms.iter().enumerate().map(|(at, norm)| [at as f64 + 1.0, norm.max(1e-30)]);
            Line::new(colour(of.model), points).named(model_name(of.model))
        };
        state.lags.answer.with(|found| found.iter().flatten().map(line).collect::<Vec<_>>())
    });
    let extent = move || {
        let [low, high] = state.lags.answer.with(|found| {
            let norms = found.iter().flatten().flat_map(|of| of.norms.iter().copied()).filter(|norm| *norm > 0.0);
            norms.fold([1.0, 1e-3], |[low, high]: [f64; 2], norm| [low.min(norm), high.max(norm)])
        });
        ChartExtent::log_y([1.0, f64::from(LagRun::FARTHEST)], [low.max(1e-14), 2.0 * high])
    };
    let rows = move || {
        let row = |of: &GradientLags| {
            let far = of.norms.get(FAR - 1)? / of.norms.first()?;
            let id = format!("language-lag-{}", crate::ui::Choice::key(of.model));
            let words = say!(
                language.lag_ratio,
                model = model_name(of.model),
                ratio = number::small(far),
                step = number::count(of.step)
            );
            Some(view! { <li class="figure" data-testid=id data-value=far.to_string()>{words}</li> })
        };
        state.lags.answer.with(|found| found.iter().flatten().filter_map(row).collect_view()).into_any()
    };
    let names = move || {
        let row = |of: &GradientLags| (colour(of.model), model_name(of.model));
        legend(state.lags.answer.with(|found| found.iter().flatten().map(row).collect::<Vec<_>>()))
    };
    let is_empty = Memo::new(move |_| state.lags.answer.with(Option::is_none));
    view! {
        <Card id="language-lags" title=words!(language.lags) hint=words!(language.lags_hint) of=state.lags.asking>
            <div class="row-acts wraps">
                <Button
                    id="language-lags-ask"
                    words=words!(language.lags_ask)
                    off=move || state.progress.with(Option::is_none)
                    on_press=move |()| state.ask_lags()
                />
            </div>
            {trouble_box(move || state.lags.trouble())}
            {live::view(move || is_empty.get().then(|| view! { <p class="hint">{words!(language.lags_todo)}</p> }).into_any())}
            <div class:gone=live::flag(move || is_empty.get())>
                <ul class="language-ratios">{live::view(rows)}</ul>
                <LineChart
                    id="language-lag-chart"
                    title=words!(language.lag_chart)
                    across=words!(language.lag)
                    extent
                    lines
                    figure=number::small
                />
                {live::view(names)}
            </div>
        </Card>
    }
    .into_any()
}
