//! Two networks side by side: what they count, how long they take, how often they agree on the pictures of the tray.

use super::settings::NetworksSettings;
use super::zoo::NetworkRow;
use crate::protocol::{CompareNetworks, ComparedPicture, LayerTotals, Networks, NetworksAnswer, NetworksCompared};
use crate::ui::widget::{Card, Icon, Select, StartProgress, Thumbnail, trouble_box};
use crate::ui::{PageSettings, Words, app, live, number, sentence};
use leptos::prelude::*;

type Pair = Memo<Option<[NetworkRow; 2]>>;

pub(super) fn pair(
    rows: Memo<Vec<NetworkRow>>,
    settings: Memo<NetworksSettings>,
    chosen: Memo<Option<String>>,
) -> AnyView {
    let compared = ask!(Networks, Restart, NetworksAnswer::Compared);
    let is_other = move |row: &&NetworkRow| chosen.with(|chosen| chosen.as_ref() != Some(&row.report.id));
    // The one that is set, else another one that can answer.
    let pair: Pair = Memo::new(move |_| {
        let set = settings.with(|settings| settings.beside.clone());
        rows.with(|rows| {
            let first = rows.iter().find(|row| !is_other(row))?;
            let others = || rows.iter().filter(is_other);
            let by_name = others().find(|row| Some(&row.report.id) == set.as_ref());
            let like_it =
                || others().find(|row| row.report.ready && row.report.reads_digits == first.report.reads_digits);
            let ready = || others().find(|row| row.report.ready);
            let second = by_name.or_else(like_it).or_else(ready).or_else(|| others().next())?;
            Some([first.clone(), second.clone()])
        })
    });
    let ids = Memo::new(move |_| {
        pair.with(|pair| pair.as_ref().map(|pair| pair.each_ref().map(|row| row.report.id.clone())))
    });
    let options = Signal::derive(move || {
        rows.with(|rows| {
            let others = rows.iter().filter(is_other);
            others.map(|row| (row.report.id.clone(), row.title.clone())).collect::<Vec<_>>()
        })
    });
    let asked_so = Memo::new(move |_| (ids.get(), app().route.with(|route| (route.fit, route.backend))));
    // What was found of another pair, or in another way, says nothing of this one.
    Effect::new(move |_| {
        drop(asked_so.get());
        compared.answer.set(None);
        compared.forget();
    });
    let can = move || {
        let ready = pair.with(|pair| pair.as_ref().is_some_and(|pair| pair.iter().all(|row| row.report.ready)));
        ready && app().is_up() && !app().tray().is_empty()
    };
    let start = move |()| {
        let Some(networks) = ids.get_untracked() else { return };
        let (fit, backend) = app().route.with_untracked(|route| (route.fit, route.backend));
        let pictures = untrack(|| app().tray());
        compared.ask(Networks::CompareNetworks(CompareNetworks { networks, pictures, fit, backend }));
    };
    let missing = move || {
        pair.with(|pair| {
            let without = pair.iter().flatten().find(|row| !row.report.ready)?;
            Some(say!(weights.needed_no_offer, network = without.title))
        })
    };
    view! {
        <Card title=words!(networks.pair) hint=words!(networks.pair_hint) id="pair" of=compared.asking>
            <div class="fields">
                <Select
                    id="beside"
                    label=words!(networks.beside)
                    options
                    chosen=move || ids.with(|ids| ids.as_ref().map(|ids| ids[1].clone()).unwrap_or_default())
                    on_choose=|id: String| NetworksSettings::change(|settings| settings.beside = Some(id))
                />
                <StartProgress
                    id="pair"
                    label=words!(networks.pair_start)
                    title=words!(networks.pair_running)
                    of=compared.asking
                    able=can
                    start
                />
            </div>
            <p class="hint">{live::maybe(missing)}</p>
            {trouble_box(move || compared.trouble())}
            {live::view(move || pair.with(|pair| pair.as_ref().map(|pair| counts(pair, compared.answer)).into_any()))}
            <div aria-live="polite">
                {live::view(move || compared.answer.with(|found| found.as_ref().map(agreement).into_any()))}
            </div>
            {live::view(move || compared.answer.with(|found| found.as_ref().map(answers).into_any()))}
        </Card>
    }
    .into_any()
}

fn counts(pair: &[NetworkRow; 2], compared: RwSignal<Option<NetworksCompared>>) -> AnyView {
    let row = |title: Words, read: &dyn Fn(&NetworkRow) -> String| {
        let values = pair.each_ref().map(read).map(|value| view! { <td class="figure">{value}</td> });
        view! { <tr><th scope="row">{title}</th>{values}</tr> }.into_any()
    };
    let macs = |of: Option<&LayerTotals>| of.map_or_else(|| "…".to_owned(), |of| number::short_count(of.macs));
    let params = |of: Option<&LayerTotals>| of.map_or_else(|| "…".to_owned(), |of| number::short_count(of.params));
    let millis = [0, 1].map(|side| {
        let told = move || {
            compared.with(|found| {
                let side = &found.as_ref()?.sides[side];
                Some(format!("{} · {}", number::millis(side.millis), sentence::device(side.backend.kind)))
            })
        };
        view! { <td class="figure" data-testid="pair-millis">{live::text(move || told().unwrap_or_else(|| "–".to_owned()))}</td> }
    });
    view! {
        <div class="table">
            <table class="pair" data-testid="pair-table">
                <thead>
                    <tr>
                        <td></td>
                        {pair.each_ref().map(|row| view! { <th scope="col" class="figure">{row.title.clone()}</th> })}
                    </tr>
                </thead>
                <tbody>
                    {row(words!(networks.classes), &|row| number::count(row.report.classes as u64))}
                    {row(words!(networks.input), &|row| number::shape(&row.report.input))}
                    {row(words!(networks.params), &|row| number::count(row.report.params))}
                    {row(words!(networks.pair_fc), &|row| params(row.counts.as_ref().map(|counts| &counts.fc)))}
                    {row(words!(networks.macs), &|row| number::short_count(row.report.macs))}
                    {row(words!(networks.pair_conv), &|row| macs(row.counts.as_ref().map(|counts| &counts.conv)))}
                    {row(words!(networks.top1), &|row| row.top1().map_or_else(|| "–".to_owned(), |top1| number::fixed(top1, 1)))}
                    <tr>
                        <th scope="row">{words!(networks.pair_millis)}</th>
                        {millis}
                    </tr>
                </tbody>
            </table>
        </div>
    }
    .into_any()
}

/// How often they agree, among the pictures where they can.
fn agreement(found: &NetworksCompared) -> AnyView {
    let NetworksCompared { sides: [first, second], shared, rows } = found;
    let (all, judged, agreed) = (rows.len(), found.judged(), found.agreed());
    let is_same = [first.classes, second.classes] == [*shared; 2];
    let (shared, classes) = (*shared, [first.classes, second.classes]);
    let share = number::percent(agreed as f32 / judged.max(1) as f32);
    let told = move || match (is_same, shared, judged) {
        (true, ..) => say!(networks.pair_agree, agreed = agreed, all = all, share = share),
        (false, 0, _) => say!(networks.pair_nothing).to_owned(),
        (false, _, 0) => say!(networks.pair_none_judged, shared = shared, first = classes[0], second = classes[1]),
        (false, ..) if judged == all => say!(
            networks.pair_agree_named,
            agreed = agreed,
            all = all,
            share = share,
            shared = shared,
            first = classes[0],
            second = classes[1]
        ),
        (false, ..) => say!(
            networks.pair_agree_shared,
            agreed = agreed,
            judged = judged,
            all = all,
            share = share,
            shared = shared,
            first = classes[0],
            second = classes[1]
        ),
    };
    view! {
        <p
            class="sub"
            data-testid="pair-agree"
            data-agreed=agreed.to_string()
            data-judged=judged.to_string()
            data-of=all.to_string()
            data-shared=shared.to_string()
        >
            {live::text(told)}
        </p>
    }
    .into_any()
}

fn answers(found: &NetworksCompared) -> AnyView {
    let row = |row: &ComparedPicture| {
        let ComparedPicture { picture, agree, top } = row.clone();
        let name = app().item(picture).map(|item| item.name).unwrap_or_default();
        let said = top.map(|top| {
            let label = top.label.clone();
            let told =
                live::text(move || format!("{} · {}", sentence::label_of(&top), number::percent(top.probability)));
            view! { <span data-label=label>{told}</span> }
        });
        let (icon, words, class) = match agree {
            Some(true) => (Some(Icon::Check), words!(networks.pair_same), "same"),
            Some(false) => (Some(Icon::Close), words!(networks.pair_other), "apart"),
            None => (None, words!(networks.pair_unknown), "open"),
        };
        view! {
            <li class=class title=name data-testid="pair-picture">
                <Thumbnail picture />
                {said}
                <i role="img" aria-label=words>{icon.map(|of| view! { <Icon of /> })}</i>
            </li>
        }
    };
    view! { <ul class="pair-pictures">{found.rows.iter().map(row).collect_view()}</ul> }.into_any()
}
