//! Where the evidence for a class lies: asked by itself about the chosen picture, again whenever something is set, and shown while it
//! fills.

mod map;
mod words;

use super::settings::LookSettings;
use crate::protocol::{AboutClass, EvidenceFound, EvidenceMap, LookInside, LookInsideNews, Prediction};
use crate::ui::page::{FitSelect, NetworkSelect};
use crate::ui::widget::{Card, ClassSelect, Select, Wanting, progress_of};
use crate::ui::{Ask, PageSettings, app, live, number};
use leptos::prelude::*;
use map::evidence_map;
pub(super) use words::findings;
use words::{hint_of, source_of};

pub(super) fn evidence_card(settings: Memo<LookSettings>, asked: Ask<LookInside, EvidenceFound>) -> AnyView {
    let (map, found) = (RwSignal::new(None::<EvidenceMap>), asked.answer);
    let job = Memo::new(move |_| settings.with(|settings| settings.evidence.clone()));
    let wanted = move || app().subject().map(|subject| (subject, job.get()));
    asked.keep(wanted, move |(subject, job)| {
        let against = subject.known(job.against);
        let question = subject.question(job.class);
        let job = crate::protocol::Evidence { against, ..job.with(question) };
        let hear = move |LookInsideNews::Evidence(news)| drop(map.try_set(Some(news)));
        asked.start(LookInside::Evidence(job), hear, move |answer: EvidenceFound| {
            app().computed_on(&answer.map.backend);
            map.try_set(Some(answer.map.clone()));
            found.try_set(Some(answer));
        });
    });
    forget_layer();
    let method = Memo::new(move |_| job.with(|job| job.method));
    view! {
        <Card id="look" title=words!(look.evidence_title) hint=words!(look.evidence_hint) of=asked.asking>
            <div class="fields">
                <NetworkSelect />
                {controls!(LookSettings, "method")}
                {classes(settings, map)}
                <div class:gone=live::flag(move || !method.get().has_layer())>{layer_select(settings, found)}</div>
                {controls!(LookSettings, "side", "stride", "grey")}
                <FitSelect name="look-fit" />
            </div>
            <p class="hint look-method-hint">
                {live::name(move || Some(hint_of(method.get())))} " " {live::name(move || Some(source_of(method.get())))}
            </p>
            <Wanting />
            {evidence_map(settings, map)}
            <div class="state-line">{progress_of(asked.asking, words!(look.looking))}</div>
        </Card>
    }
    .into_any()
}

/// A layer of one network is none of another's.
fn forget_layer() {
    let network = Memo::new(move |_| app().network().map(|network| network.id));
    Effect::new(move |before: Option<Option<String>>| {
        let now = network.get();
        if before.flatten().is_some_and(|before| now.as_ref().is_some_and(|now| *now != before)) {
            LookSettings::change(|settings| settings.evidence.layer = None);
        }
        now
    });
}

fn classes(settings: Memo<LookSettings>, map: RwSignal<Option<EvidenceMap>>) -> AnyView {
    let known = move || map.with(|map| map.as_ref().map(|map| map.top.clone()).unwrap_or_default());
    let others = move || {
        let here = map.with(|map| map.as_ref().map(|map| map.whole.index));
        known().into_iter().filter(|one: &Prediction| Some(one.index) != here).collect::<Vec<_>>()
    };
    let class = Memo::new(move |_| settings.with(|settings| settings.evidence.class));
    let against = Memo::new(move |_| settings.with(|settings| settings.evidence.against));
    view! {
        <ClassSelect
            id="look-class"
            label=words!(look.class)
            any=words!(look.likeliest)
            known=known
            chosen=class
            on_choose=move |class| LookSettings::change(|settings| {
                settings.evidence.class = class;
                settings.evidence.against = settings.evidence.against.filter(|against| Some(*against) != class);
            })
        />
        <ClassSelect
            id="look-against"
            label=words!(look.against)
            any=words!(look.against_none)
            known=others
            chosen=against
            on_choose=move |against| LookSettings::change(|settings| settings.evidence.against = against)
        />
    }
    .into_any()
}

fn layer_select(settings: Memo<LookSettings>, found: RwSignal<Option<EvidenceFound>>) -> AnyView {
    let chosen = Signal::derive(move || settings.with(|settings| settings.evidence.layer.clone().unwrap_or_default()));
    let options = Signal::derive(move || {
        let layers = found.with(|found| found.as_ref().map(|found| found.layers.clone()).unwrap_or_default());
        let here = chosen.get();
        let other = (!here.is_empty() && layers.iter().all(|layer| layer.path != here)).then(|| (here.clone(), here));
        let listed = layers.into_iter().rev().map(|layer| {
            let text = format!("{} · {}", layer.path, number::shape(&layer.shape));
            (layer.path, text)
        });
        std::iter::once((String::new(), say!(look.layer_last).to_owned()))
            .chain(other)
            .chain(listed)
            .collect::<Vec<_>>()
    });
    let choose = move |path: String| {
        LookSettings::change(|settings| settings.evidence.layer = Some(path).filter(|path| !path.is_empty()));
    };
    view! { <Select id="look-layer" label=words!(look.layer) options chosen on_choose=choose /> }.into_any()
}
