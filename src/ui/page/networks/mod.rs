//! Networks: which there are and what they cost, one of them in full, and where their weights come from.

mod activations;
mod checks;
mod chosen;
mod graph;
mod layers;
mod pair;
mod scatter;
mod settings;
mod store;
mod table;
mod take_along;
mod tiles;
mod times;
mod verify;
mod zoo;

use crate::protocol::{
    DrawNetwork, DrawnNode, NetworkDrawing, NetworkReport, Networks, NetworksAnswer, OwnNetworks, Source,
};
use crate::ui::route::Route;
use crate::ui::widget::{Card, PageFrame, progress_of};
use crate::ui::{AppState, ExperimentPage, PageSettings, app, live};
use chosen::Chosen;
use graph::{GraphView, graph};
use leptos::prelude::*;
use scatter::scatter;
use settings::NetworksSettings;
use store::store;
use table::table;
use times::{AskTimes, MeasuredTimes};

impl ExperimentPage for Networks {
    const STYLE: &'static str = include_str!("style.css");

    fn view() -> AnyView {
        app().handle_drops(NetworksSettings::PAGE, AppState::take_test_data);
        let settings = NetworksSettings::open();
        let networks = Memo::new(move |_| app().station.get().map(|station| station.networks).unwrap_or_default());
        let tabulated = ask!(Networks, Restart, NetworksAnswer::Tabulated);
        let own = move || {
            let own = |networks: &Vec<NetworkReport>| {
                let own = networks.iter().filter(|network| network.source == Source::Own);
                own.map(|network| network.id.clone()).collect::<Vec<_>>()
            };
            app().is_up().then(|| networks.with(own))
        };
        tabulated.keep(own, move |own| tabulated.ask(Networks::Tabulate(OwnNetworks { own })));
        let rows = Memo::new(move |_| {
            networks.with(|networks| tabulated.answer.with(|tabulated| zoo::rows(networks, tabulated.as_ref())))
        });
        let network = Memo::new(move |_| app().network());
        let chosen = Memo::new(move |_| network.with(|network| network.as_ref().map(|network| network.id.clone())));
        let drawn = ask!(Networks, Latest, NetworksAnswer::Drawn(drawing) => *drawing);
        let open = Memo::new(move |_| settings.with(NetworksSettings::open_blocks));
        let wanted = move || app().is_up().then(|| Some((chosen.get()?, open.get()))).flatten();
        drawn.keep(wanted, move |(network, open)| drawn.ask(Networks::DrawNetwork(DrawNetwork { network, open })));
        let node = Memo::new(move |_| {
            let layer = settings.with(|settings| settings.layer.clone());
            // What was drawn of another network says nothing of this one.
            let is_it = |drawing: &&NetworkDrawing| chosen.with(|chosen| chosen.as_ref() == Some(&drawing.network));
            drawn.answer.with(|drawing| chosen_node(drawing.as_ref().filter(is_it)?, layer.as_deref()))
        });
        let timed: AskTimes = ask!(Networks, Restart, NetworksAnswer::NodesTimed);
        let times = Memo::new(move |_| {
            let network = drawn.answer.with(|drawing| drawing.as_ref().map(|drawing| drawing.network.clone()));
            timed.answer.with(|timed| MeasuredTimes::of(timed.as_ref(), network.as_deref()))
        });
        let view = GraphView { drawing: drawn.answer, chosen: node, times, settings };
        app().want_tray();
        let activated = ask!(Networks, Restart, NetworksAnswer::Activated(found) => *found);
        activations::follow(activated, node);
        view! {
            <PageFrame
                class="stage-column experiment zoo"
                title=words!(networks.title)
                sub=words!(networks.sub).into_any()
                texts=&[words!(networks.why_count), words!(networks.why_ops), words!(networks.why_accuracy)]
                tries=&[words!(networks.try_sort), words!(networks.try_fc), words!(networks.try_point), words!(networks.try_times)]
                checks=view! { {checks::checks(tabulated, drawn, network, activated)} {store()} }.into_any()
            >
                <div class="zoo-row">
                    <Card title=words!(networks.all) id="networks" of=tabulated.asking>
                        {table(rows, settings, chosen)}
                        {progress_of(tabulated.asking, words!(networks.loading))}
                    </Card>
                    <Card title=words!(networks.scatter)>{scatter(rows, chosen)}</Card>
                </div>
                <div class="zoo-row">
                    <Card title=words!(networks.graph) hint=words!(networks.graph_hint) id="graph-card" of=drawn.asking>
                        {times::times(view, timed)}
                        {graph(view)}
                        {progress_of(drawn.asking, words!(networks.drawing))}
                    </Card>
                    {activations::activations(activated)}
                </div>
                {pair::pair(rows, settings, chosen)}
                {live::view(move || network.get().map(|network| view! { <Chosen network /> }).into_any())}
                {verify::verify(network)}
            </PageFrame>
        }
        .into_any()
    }
}

/// Another network is drawn as it is drawn first.
fn look_at(route: &mut Route, network: String) {
    route.network = Some(network);
    route.change_settings(NetworksSettings::begin_again);
}

/// The node of this path, the folded block that it is in, or the first node that computes something.
fn chosen_node(drawing: &NetworkDrawing, layer: Option<&str>) -> Option<DrawnNode> {
    let has = |node: &&DrawnNode| layer.is_some_and(|layer| node.path == layer);
    let holds = |node: &&DrawnNode| layer.is_some_and(|layer| node.inside.iter().any(|path| path == layer));
    let nodes = || drawing.nodes.iter();
    nodes().find(has).or_else(|| nodes().find(holds)).or_else(|| nodes().find(|node| node.macs > 0)).cloned()
}
