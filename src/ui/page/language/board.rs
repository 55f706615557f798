//! The text that a model writes while it learns, and what may come next.

use super::settings::LanguageSettings;
use super::source::source;
use super::state::LanguageState;
use crate::protocol::{LanguageModel, LanguageWrite, NextUnit};
use crate::ui::widget::{Button, Card, Icon, Slider, trouble_box};
use crate::ui::{Choice, PageSettings, live, number};
use leptos::prelude::*;

/// The name of a model, as the form has it.
pub(super) fn model_name(model: LanguageModel) -> &'static str {
    model.row().1()
}

/// Signs that cannot be seen.
pub(super) fn seen(text: &str) -> String {
    match text {
        "\n" => "⏎".to_owned(),
        " " => "␣".to_owned(),
        "\t" => "⇥".to_owned(),
        text => text.to_owned(),
    }
}

pub(super) fn board_card(state: LanguageState) -> AnyView {
    let is_waiting = Memo::new(move |_| state.progress.with(Option::is_none));
    let count = move || state.count.get().to_string();
    let told = move || {
        let (step, _) = state.next.get();
        let model = state.settings.with(|settings| model_name(settings.asked()));
        say!(language.writes, model = model, step = number::count(step))
    };
    view! {
        <Card id="language" title=words!(language.board) hint=words!(language.board_hint) of=state.learn.asking>
            {verdict(state)}
            <div class="language-board">
                <div class="language-page">
                    <p class="sub" data-testid="language-writes">{live::text(told)}</p>
                    <div class="language-text">
                        <p lang="" data-testid="language-written" data-count=live::text(count)>
                            {live::text(move || state.written.get())}
                            <i class="language-caret" aria-hidden="true"></i>
                        </p>
                    </div>
                    {live::view(move || is_waiting.get().then(|| view! { <p class="hint">{words!(language.waiting)}</p> }).into_any())}
                </div>
                <div class="language-side">
                    {next(state)}
                    {temperature(state)}
                    <div class="fields">{controls!(LanguageSettings, "writer")}</div>
                    {prompt(state)}
                    {acts(state)}
                </div>
            </div>
            {source(state)}
            {trouble_box(move || state.learn.trouble())}
            {trouble_box(move || state.write.trouble())}
        </Card>
    }
    .into_any()
}

/// What has come of learning, first and large: the model that writes beside what it can reach.
fn verdict(state: LanguageState) -> AnyView {
    let perplexity = move || {
        let asked = state.settings.with(LanguageSettings::asked);
        state.progress.with(|known| {
            let known = known.as_ref()?;
            let model = known.models.iter().find(|model| model.model == asked)?;
            Some((asked, *model.perplexity.last()?, known.text.entropy, known.text.n_grams.get(2).copied()?))
        })
    };
    let said = move || {
        let (model, (step, found), entropy, three) = perplexity()?;
        let (model, step, found) = (model_name(model), number::count(step), number::fixed(found, 3));
        let three = number::fixed(three, 3);
        Some(match entropy {
            Some(entropy) => {
                say!(
                    language.verdict_grammar,
                    model = model,
                    step = step,
                    found = found,
                    best = number::fixed(entropy, 3),
                    three = three
                )
            }
            None => say!(language.verdict, model = model, step = step, found = found, three = three),
        })
    };
    let value = move || perplexity().map(|(_, (_, found), ..)| found.to_string());
    view! {
        <p class="language-verdict" data-testid="language-verdict" data-value=live::maybe(value)>
            {live::maybe(said)}
        </p>
    }
    .into_any()
}

/// A bar for each of the likeliest.
fn next(state: LanguageState) -> AnyView {
    let row = |next: NextUnit| {
        let width = format!("{:.1}%", 100.0 * next.probability);
        view! {
            <li>
                <b>{seen(&next.text)}</b>
                <span class="next-bar"><i style:width=width></i></span>
                <span class="figure">{number::percent(next.probability)}</span>
            </li>
        }
    };
    let rows = move || {
        let mut known = state.next.get().1;
        known.resize(LanguageWrite::BEST, NextUnit { text: "·".to_owned(), probability: 0.0 });
        known.into_iter().map(row).collect_view().into_any()
    };
    view! {
        <h3>{words!(language.next)}</h3>
        <ol class="language-next" data-testid="language-next">{live::view(rows)}</ol>
    }
    .into_any()
}

fn temperature(state: LanguageState) -> AnyView {
    let now = Memo::new(move |_| state.settings.with(|settings| settings.temperature));
    let told = Signal::derive(move || say!(language.temperature_at, t = number::fixed(now.get(), 2)));
    view! {
        <label class="field">
            <span data-testid="language-temperature-told">{live::text(move || told.get())}</span>
            <Slider
                id="language-temperature"
                span=[0.0, 2.0]
                step=0.05
                value=now
                told
                on_slide=move |t| LanguageSettings::change(|settings| settings.temperature = t)
            />
        </label>
    }
    .into_any()
}

fn prompt(state: LanguageState) -> AnyView {
    view! {
        <label class="field">
            <span>{words!(language.prompt)}</span>
            <input
                type="text"
                class="language-line"
                data-testid="language-prompt"
                maxlength="400"
                prop:value=live::text(move || state.prompt.get())
                on:change=move |event| {
                    state.prompt.set(event_target_value(&event));
                    state.anew();
                    state.go_on(60);
                }
            />
        </label>
    }
    .into_any()
}

fn acts(state: LanguageState) -> AnyView {
    let playing = state.is_playing;
    let anew = move |()| {
        state.anew();
        state.go_on(60);
    };
    view! {
        <div class="row-acts wraps">
            <Button
                id="language-play"
                icon=move || Some(if playing.get() { Icon::Pause } else { Icon::Play })
                words=move || if playing.get() { say!(train.pause) } else { say!(language.go_on) }
                state=move || Some(if playing.get() { "running" } else { "idle" })
                on_press=move |()| playing.update(|playing| *playing = !*playing)
            />
            <Button id="language-one" words=words!(language.one) on_press=move |()| state.go_on(1) />
            <Button id="language-anew" words=words!(language.anew) on_press=anew />
        </div>
    }
    .into_any()
}
