//! One network, layer by layer, with what each costs.

use crate::protocol::{LayerReport, Networks, NetworksAnswer, OneNetwork, Summary};
use crate::ui::widget::trouble_box;
use crate::ui::{AskState, live, number};
use leptos::html::Details;
use leptos::prelude::*;

#[component]
pub(super) fn Layers(network: String) -> impl IntoView {
    let asked = ask!(Networks, Single, NetworksAnswer::Summary);
    let details = NodeRef::<Details>::new();
    let load = move |_| {
        let opened = details.get_untracked().is_some_and(|details| details.open());
        if opened && asked.state_untracked() != AskState::Ready {
            asked.ask(Networks::Summarise(OneNetwork { network: network.clone() }));
        }
    };
    view! {
        <details node_ref=details class="layers" data-testid="layers" on:toggle=load>
            <summary>{words!(networks.layers)}</summary>
            {live::view(move || asked.is_on().then(|| view! { <p class="hint">{words!(networks.loading)}</p> }).into_any())}
            {live::view(move || asked.answer.get().map(|summary| view! { <Table summary /> }).into_any())}
            {trouble_box(move || asked.trouble())}
        </details>
    }
}

#[component]
fn Table(summary: Summary) -> impl IntoView {
    let Summary { params, macs, conv, fc, layers, network } = summary;
    let label = network.clone();
    let rows = layers.into_iter().map(|layer| view! { <Layer layer of_macs=macs /> }).collect_view();
    let total = |params: u64, macs: u64| {
        view! {
            <td class="figure">{number::count(params)}</td>
            <td class="figure">{number::count(macs)}</td>
            <td class="share"></td>
        }
    };
    view! {
        // Scrolls by itself; the keyboard must reach it for that.
        <div class="table" tabindex="0" role="group" aria-label=live::text(move || format!("{}: {label}", say!(networks.layers)))>
            <table data-testid="summary" data-network=network>
                <thead>
                    <tr>
                        <th scope="col">{words!(networks.layer)}</th>
                        <th scope="col">{words!(networks.operation)}</th>
                        <th scope="col">{words!(networks.output)}</th>
                        <th scope="col" class="figure">{words!(networks.params)}</th>
                        <th scope="col" class="figure">{words!(networks.macs)}</th>
                        <th scope="col" class="share">
                            <span class="unseen">{words!(networks.share)}</span>
                        </th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
                <tfoot>
                    <tr>
                        <th scope="row" colspan="3">{live::text(move || say!(networks.conv_total, count = conv.layers))}</th>
                        {total(conv.params, conv.macs)}
                    </tr>
                    <tr>
                        <th scope="row" colspan="3">{live::text(move || say!(networks.fc_total, count = fc.layers))}</th>
                        {total(fc.params, fc.macs)}
                    </tr>
                    <tr>
                        <th scope="row" colspan="3">{words!(networks.all_total)}</th>
                        {total(params, macs)}
                    </tr>
                </tfoot>
            </table>
        </div>
    }
}

#[component]
fn Layer(layer: LayerReport, of_macs: u64) -> impl IntoView {
    let LayerReport { name, op, shape, params, macs } = layer;
    let share = 100.0 * macs as f64 / of_macs.max(1) as f64;
    let cell = |value: u64| if value == 0 { "–".to_owned() } else { number::count(value) };
    view! {
        <tr>
            <th scope="row">{name}</th>
            <td class="op">{op}</td>
            <td class="op">{number::shape(&shape)}</td>
            <td class="figure">{cell(params)}</td>
            <td class="figure">{cell(macs)}</td>
            <td class="share">
                <span class="bar" title=format!("{share:.1} %")>
                    <i style:width=format!("{share:.1}%")></i>
                </span>
            </td>
        </tr>
    }
}
