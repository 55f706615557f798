//! How we know: the counts against those of the talk, the parts of the graph against the whole, a layer's values against others.

use super::activations::{self, Asked};
use crate::protocol::{DrawnNode, NetworkDrawing, NetworkReport, Networks, Tabulated, TalkFigure, TalkPart};
use crate::ui::widget::{Verdict, check, check_card};
use crate::ui::{Ask, number};
use leptos::prelude::*;

pub(super) fn checks(
    tabulated: Ask<Networks, Tabulated>,
    drawn: Ask<Networks, NetworkDrawing>,
    network: Memo<Option<NetworkReport>>,
    activated: Asked,
) -> AnyView {
    let talk = check("networks-talk", [words!(networks.talk), words!(networks.talk_how)], move || {
        tabulated.answer.with(|tabulated| match tabulated {
            None => (Verdict::Open, ().into_any()),
            Some(Tabulated { talk, .. }) => {
                let verdict = Verdict::of(talk.iter().all(TalkFigure::holds));
                (verdict, talk.iter().map(figure).collect_view().into_any())
            }
        })
    });
    let parts = check("networks-parts", [words!(networks.parts), words!(networks.parts_how)], move || {
        let sums = drawn.answer.with(|drawing| {
            let drawing = drawing.as_ref()?;
            let sum = |of: fn(&DrawnNode) -> u64| drawing.nodes.iter().map(of).sum::<u64>();
            Some((drawing.network.clone(), [sum(|node| node.params), sum(|node| node.macs)]))
        });
        let of = network
            .with(|network| network.as_ref().map(|network| (network.id.clone(), [network.params, network.macs])));
        match (sums, of) {
            (Some((drawn, sums)), Some((known, totals))) if drawn == known => {
                let (params, macs) = (number::count(sums[0]), number::count(sums[1]));
                (Verdict::of(sums == totals), show!(networks.parts_sum, params = params, macs = macs))
            }
            _ => (Verdict::Open, ().into_any()),
        }
    });
    check_card(Some(tabulated.asking), view! { {parts} {activations::checks(activated)} {talk} }.into_any())
}

fn figure(figure: &TalkFigure) -> AnyView {
    let part = match figure.part {
        TalkPart::Conv => say!(networks.convs),
        TalkPart::Fc => say!(networks.fcs),
        TalkPart::All => say!(networks.whole),
    };
    let what = if figure.is_macs { say!(networks.ops) } else { say!(networks.params) };
    let (counted, published) = (number::short_count(figure.counted), number::short_count(figure.published as u64));
    let title = format!("{} · {part} · {what}", figure.network);
    let holds = figure.holds();
    view! {
        <span class="talk" class:wrong=!holds>
            {title}
            ": "
            {show!(networks.talk_figure, counted = counted, published = published)}
        </span>
    }
    .into_any()
}
