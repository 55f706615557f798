//! Where the evidence for a class lies: asked by itself about the chosen picture, again whenever something is set, and shown while it
//! fills.

mod map;
mod words;

use super::saves::{acts, save};
use super::settings::LookSettings;
use crate::protocol::{
    AboutClass, Evidence, EvidenceFound, EvidenceMap, EvidenceMethod, LayerGrid, LookInside, LookInsideNews, Prediction,
};
use crate::ui::page::{FitSelect, NetworkSelect};
use crate::ui::widget::{Card, ClassSelect, Select, Wanting, layer_select, progress_of};
use crate::ui::{Ask, PageSettings, app, live, number, sentence};
use leptos::prelude::*;
pub(super) use map::{Colours, painted};
use map::{evidence_map, evidence_view};
pub(super) use words::findings;
use words::{cost, hint_of, source_of};

pub(super) fn evidence_card(settings: Memo<LookSettings>, asked: Ask<LookInside, EvidenceFound>) -> AnyView {
    let (map, found) = (RwSignal::new(None::<EvidenceMap>), asked.answer);
    let job = Memo::new(move |_| settings.with(|settings| settings.evidence.clone()));
    let wanted = move || app().subject().map(|subject| (subject, job.get()));
    asked.keep(wanted, move |(subject, job)| {
        let against = subject.known(job.against);
        let question = subject.question(job.class);
        let job = Evidence { against, ..job.with(question) };
        let hear = move |news| {
            if let LookInsideNews::Evidence(news) = news {
                map.try_set(Some(*news));
            }
        };
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
            <div class="look-board">
                <div>
                    {evidence_map(settings, map)}
                    <div class="state-line">{progress_of(asked.asking, words!(look.looking))}</div>
                    {acts((), saves(asked))}
                </div>
                <div class="look-side">
                    {answer(map)}
                    <div class="fields">
                        {controls!(LookSettings, "method")}
                        <NetworkSelect />
                        {classes(settings, map)}
                        <div class:gone=live::flag(move || !method.get().has_layer())>
                            {layer_of(settings, found)}
                        </div>
                        {attention_of(settings, found)}
                        {controls!(LookSettings, "side", "stride", "grey", "baseline", "waysteps", "samples", "noise")}
                        {controls!(LookSettings, "masks", "cells", "mapseed")}
                        <FitSelect name="look-fit" />
                    </div>
                    <p class="hint look-method-hint">
                        {live::name(move || Some(hint_of(method.get())))} " "
                        {live::name(move || Some(source_of(method.get())))}
                    </p>
                    {evidence_view(settings)}
                    {cost(found)}
                    <Wanting />
                </div>
            </div>
        </Card>
    }
    .into_any()
}

/// The map as a picture and as an array.
fn saves(asked: Ask<LookInside, EvidenceFound>) -> AnyView {
    view! {
        {save(asked, ("look-png", words!(look.save)), "map.png", |found| Some(&found.png))}
        {save(asked, ("look-npy", words!(look.save_npy)), "map.npy", |found| Some(&found.npy))}
    }
    .into_any()
}

/// The class that is mapped, and how sure of it the network is.
fn answer(map: RwSignal<Option<EvidenceMap>>) -> AnyView {
    let told = move || {
        map.with(|map| {
            let map = map.as_ref()?;
            let (label, probability) = (sentence::label_of(&map.whole), number::percent(map.whole.probability));
            Some(match &map.against {
                Some(against) => {
                    let other = number::percent(against.probability);
                    let against = sentence::label_of(against);
                    say!(
                        look.answer_against,
                        label = label,
                        probability = probability,
                        against = against,
                        other = other
                    )
                }
                None => say!(look.answer, label = label, probability = probability),
            })
        })
    };
    view! { <p class="look-answer" data-testid="look-answer" role="status">{live::maybe(told)}</p> }.into_any()
}

/// A layer of one network is none of another's.
fn forget_layer() {
    let network = Memo::new(move |_| app().network().map(|network| network.id));
    Effect::new(move |before: Option<Option<String>>| {
        let now = network.get();
        if before.flatten().is_some_and(|before| now.as_ref().is_some_and(|now| *now != before)) {
            LookSettings::change(|settings| {
                (settings.evidence.layer, settings.optimal.layer) = (None, None);
                (settings.evidence.block, settings.evidence.head) = (None, None);
                (settings.excite.layer, settings.excite.channel) = (None, None);
                (settings.invariance.layers, settings.invariance.range) = (Vec::new(), None);
            });
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

fn layer_of(settings: Memo<LookSettings>, found: RwSignal<Option<EvidenceFound>>) -> AnyView {
    let chosen = Signal::derive(move || settings.with(|settings| settings.evidence.layer.clone()));
    let layers = Signal::derive(move || found.with(|found| layers_of(found.as_ref())));
    let choose = move |layer| LookSettings::change(|settings| settings.evidence.layer = layer);
    layer_select("look-layer", words!(look.layer_last), chosen, layers, choose)
}

/// Of a transformer: which block, and which of its heads.
fn attention_of(settings: Memo<LookSettings>, found: RwSignal<Option<EvidenceFound>>) -> AnyView {
    let blocks =
        Memo::new(move |_| found.with(|found| found.as_ref().map(|found| found.blocks.clone()).unwrap_or_default()));
    let chosen =
        Memo::new(move |_| settings.with(|settings| (settings.evidence.block.clone(), settings.evidence.head)));
    let is_shown = Memo::new(move |_| {
        settings.with(|settings| settings.evidence.method == EvidenceMethod::Attention) && !blocks.with(Vec::is_empty)
    });
    let block = Signal::derive(move || chosen.get().0);
    let choose =
        |block| LookSettings::change(|settings| (settings.evidence.block, settings.evidence.head) = (block, None));
    let heads = Signal::derive(move || {
        let (block, head) = chosen.get();
        let of = blocks.with(|blocks| {
            let known = blocks.iter().find(|known| Some(&known.path) == block.as_ref()).or(blocks.last());
            known.map_or(0, |known| known.shape[0] as u32)
        });
        let mean = (String::new(), say!(look.head_mean).to_owned());
        let other = head.filter(|head| *head >= of);
        let each = (0..of).chain(other).map(|head| (head.to_string(), head.to_string()));
        std::iter::once(mean).chain(each).collect::<Vec<_>>()
    });
    let head = Signal::derive(move || chosen.get().1.map(|head| head.to_string()).unwrap_or_default());
    let set_head = |head: String| LookSettings::change(|settings| settings.evidence.head = head.parse().ok());
    live::view(move || {
        let both = || {
            view! {
                {layer_select("look-block", words!(look.block_last), block, blocks.into(), choose)}
                <Select id="look-head" label=words!(look.head) options=heads chosen=head on_choose=set_head />
            }
        };
        is_shown.get().then(both).into_any()
    })
    .into_any()
}

/// Of the network that was asked last.
pub(super) fn layers_of(found: Option<&EvidenceFound>) -> Vec<LayerGrid> {
    found.map(|found| found.layers.clone()).unwrap_or_default()
}
