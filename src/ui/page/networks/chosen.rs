//! The chosen network: whose it is, what it costs, where its weights are, its layers.

use super::layers::Layers;
use super::take_along::TakeAlong;
use crate::protocol::{NetworkReport, Source};
use crate::ui::widget::{CopyButton, Figure, Offers};
use crate::ui::{PageId, app, live, number, sentence};
use leptos::prelude::*;

#[component]
pub(super) fn Chosen(network: NetworkReport) -> impl IntoView {
    let (title, origin, wanting, named) = (network.clone(), network.clone(), network.clone(), network.clone());
    let NetworkReport { id, input, classes, params, macs, ready, source, .. } = network;
    let chip = match (source, ready) {
        (Source::Shipped(_), _) => words!(networks.shipped),
        (Source::Own, _) => words!(networks.own),
        (Source::Public, true) => words!(networks.ready),
        (Source::Public, false) => words!(networks.not_ready),
    };
    let (here, tag, of) = (id.clone(), id.clone(), id.clone());
    let entries = Memo::new(move |_| app().catalogue_of(&of));
    let needed = live::text(move || {
        let title = sentence::network_title(&wanting);
        match entries.with(Vec::is_empty) {
            true => say!(weights.needed_no_offer, network = title),
            false => say!(weights.needed, network = title),
        }
    });
    let href = move || {
        let mut route = app().route.get().on(PageId::Classify);
        route.network = Some(here.clone());
        route.to_hash()
    };
    view! {
        <section class="card network" data-testid="network-card" data-network=tag data-ready=ready.to_string()>
            <header>
                <div>
                    <h2>{live::text(move || sentence::network_title(&title))}</h2>
                    <p class="hint">{live::text(move || sentence::network_origin(&origin))}</p>
                </div>
                <span class="chip" class:on=ready>
                    {chip}
                </span>
            </header>
            <dl class="figures">
                <Figure label=words!(networks.params) value=live::text(move || number::count(params)) />
                <Figure label=words!(networks.macs) value=live::text(move || number::short_count(macs)) />
                <Figure label=words!(networks.input) value=live::text(move || number::shape(&input)) />
                <Figure label=words!(networks.classes) value=live::text(move || number::count(classes as u64)) />
            </dl>
            <div class="onward">
                {ready.then(|| view! {
                    <a class="btn main" href=live::text(href) aria-label=live::text(move || format!("{}: {}", say!(networks.classify), sentence::network_title(&named)))>
                        {words!(networks.classify)}
                    </a>
                })}
                <CopyButton testid="network-link" words=words!(networks.link) refused=words!(networks.link_refused) text=link />
            </div>
            <TakeAlong network=id.clone() ready />
            {(!ready).then(|| view! { <p class="hint" data-testid="weights-needed">{needed}</p> })}
            <Offers entries />
            <Layers network=id />
        </section>
    }
}

/// Of what is shown.
fn link() -> String {
    window().location().href().unwrap_or_default()
}
