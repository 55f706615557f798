//! Pictures of nothing: the population as it lives.

use super::classes::ClassPicker;
use super::settings::FoolSettings;
use crate::protocol::{Fool, FoolNews, Invent, InventNews, Invented, Prediction};
use crate::ui::widget::{Button, Card, PixelsView, StartStop, run_figures, trouble_box};
use crate::ui::{Ask, PageSettings, app, folder, live, number, sentence};
use leptos::prelude::*;

/// Steps or generations at most.
const STEPS: u32 = 5000;

pub(super) fn invent_card(
    settings: Memo<FoolSettings>,
    invented: Ask<Fool, InventNews>,
    names: Memo<Vec<Prediction>>,
) -> impl IntoView {
    let heard = RwSignal::new(None::<InventNews>);
    let shown = Memo::new(move |_| if invented.is_on() { heard.get() } else { invented.answer.get().or(heard.get()) });
    let network = Memo::new(move |_| app().network().filter(|network| network.ready && app().is_up()));
    let start = move |()| {
        let Some(network) = network.get_untracked() else { return };
        let backend = app().route.with_untracked(|route| route.backend);
        let job = settings.with_untracked(|settings| Invent {
            network: network.id.clone(),
            backend,
            way: settings.way,
            target: settings.class.min(network.classes.saturating_sub(1) as u32),
            steps: STEPS,
            seed: settings.seed,
            ..Invent::default()
        });
        heard.set(None);
        invented.answer.set(None);
        invented.follow(Fool::Invent(job), move |news| {
            if let FoolNews::Invent(news) = news {
                heard.try_set(Some(news));
            }
        });
    };
    let keep = move |()| {
        invented.answer.with_untracked(|found| {
            if let Some(png) = found.as_ref().and_then(|found| found.png.as_ref()) {
                folder::save("picture-of-nothing.png", png);
            }
        });
    };
    view! {
        <Card id="fool-invent" title=words!(fool.invent_title) hint=words!(fool.invent_hint) of=invented.asking>
            <div class="fields fool-fields">
                {controls!(FoolSettings, "way")}
                <ClassPicker
                    id="fool-class"
                    label=words!(fool.class_number)
                    names
                    chosen=move || Some(settings.with(|settings| settings.class))
                    on_choose={move |class: Option<u32>| {
                        FoolSettings::change(|settings| settings.class = class.unwrap_or_default());
                    }}
                />
                <StartStop
                    id="invent"
                    of=invented.asking
                    able=move || network.with(Option::is_some)
                    stop_words=words!(app.cancel)
                    start
                />
                <Button id="invent-png" words=words!(fool.save_png) off=move || !invented.is_fresh() on_press=keep />
            </div>
            <p class="sub">{live::view(move || shown.get().map(|news| said(&news)).into_any())}</p>
            <ol class="fool-population" data-testid="population">
                {live::view(move || {
                    shown.get().map(|news| news.population.into_iter().map(one).collect_view()).into_any()
                })}
            </ol>
            {trouble_box(move || invented.trouble())}
        </Card>
    }
}

fn said(news: &InventNews) -> AnyView {
    let shown = vec![(number::count(news.shown), words!(fool.pictures_shown))];
    run_figures([news.step, news.of], words!(fool.generations), shown, news.steps_per_second, Some(&news.backend))
}

fn one(invented: Invented) -> AnyView {
    let Invented { prediction, pixels } = invented;
    let percent = number::percent(prediction.probability);
    let label = sentence::label_of(&prediction).to_owned();
    view! {
        <li data-testid="invented" data-label=prediction.label.clone() data-probability=prediction.probability.to_string()>
            <PixelsView pixels=Signal::derive(move || pixels.clone()) />
            <span>{label}</span>
            <span class="figure">{percent}</span>
        </li>
    }
    .into_any()
}
