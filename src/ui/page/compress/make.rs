//! One network as the page is set: made, measured, saved.

use super::rows::table;
use super::sliders::layer_sliders;
use super::state::CompressState;
use crate::protocol::{Compress, CompressTask, Compressed, CompressedNetwork, Exported, LayerOutcome, Trouble};
use crate::ui::client::unexpected;
use crate::ui::widget::{Button, Card, Icon, StartProgress, figure_table, trouble_box};
use crate::ui::{app, folder, live, number, sentence};
use leptos::prelude::*;

pub(super) fn make_card(state: CompressState) -> AnyView {
    let make = state.make;
    let save = move |()| app().try_to(save());
    let use_it = move |()| app().try_to(use_it());
    let is_none = move || make.answer.with(Option::is_none);
    view! {
        <Card id="compress" title=words!(compress.make) hint=words!(compress.make_hint) of=make.asking>
            <div class="fields">
                {controls!(CompressTask, "method", "budget", "bits", "way", "score", "activations", "correct", "epochs", "rounds", "rate", "teacher", "seed")}
            </div>
            {layer_sliders(state)}
            <div class="row-acts wraps compress-acts">
                <StartProgress
                    id="compress"
                    label=words!(compress.start)
                    title=words!(compress.make)
                    is_main=true
                    of=make.asking
                    able=move || state.able()
                    start=move |()| state.start()
                />
                <Button
                    id="compress-save"
                    icon=Icon::Download
                    words=words!(compress.save)
                    off=is_none
                    on_press=save
                />
                <Button
                    id="compress-use"
                    words=words!(compress.use_it)
                    title=words!(compress.use_hint)
                    off=is_none
                    on_press=use_it
                />
            </div>
            {trouble_box(move || make.trouble())}
            {live::view(move || {
                state.is_stale().then(|| view! { <p class="hint" data-testid="compress-stale">{words!(compress.stale)}</p> }).into_any()
            })}
            {live::view(move || match make.answer.with(Option::is_some) {
                true => ().into_any(),
                false => view! { <p class="compress-empty">{words!(compress.empty)}</p> }.into_any(),
            })}
            {live::view(move || make.answer.with(|made| made.as_deref().map(outcome)).into_any())}
        </Card>
    }
    .into_any()
}

async fn file() -> Result<Exported, Trouble> {
    match app().client.answer(Compress::Save).await? {
        Compressed::Saved(file) => Ok(file),
        _ => Err(unexpected("Save")),
    }
}

async fn save() -> Result<(), Trouble> {
    let file = file().await?;
    folder::save(&file.name, &file.bytes);
    Ok(())
}

async fn use_it() -> Result<(), Trouble> {
    let file = file().await?;
    folder::take_as_dropped(&file.name, &file.bytes).await;
    Ok(())
}

fn outcome(made: &CompressedNetwork) -> AnyView {
    let CompressedNetwork { before, after, layers, text, backend, .. } = made.clone();
    let one = |layer: &LayerOutcome| {
        let became = match layer.rank {
            Some(rank) if layer.is_spatial => say!(compress.as_spatial, rank = number::count(rank)),
            Some(rank) => say!(compress.as_channel, rank = number::count(rank)),
            None => say!(compress.as_kept, share = number::percent(layer.kept as f32)),
        };
        view! {
            <tr data-testid="compress-layer">
                <th scope="row">{layer.name.clone()}</th>
                <td class="figure">{number::shape(&layer.shape)}</td>
                <td>{became}</td>
                <td class="figure">{number::percent(layer.lost as f32)}</td>
            </tr>
        }
    };
    let rows = layers.iter().map(one).collect_view();
    let columns = [words!(compress.layer), words!(compress.shape), words!(compress.became), words!(compress.lost)];
    view! {
        {table(vec![before, after], "compress-made")}
        <details class="compress-details">
            <summary>{words!(compress.layers)}</summary>
            {figure_table(words!(compress.layers), "", columns, rows)}
        </details>
        {text.map(|text| view! {
            <details class="compress-details">
                <summary>{words!(compress.text)}</summary>
                <pre class="compress-text" tabindex="0">{text}</pre>
            </details>
        })}
        <p class="sub figure">{live::text(move || sentence::backend_name(&backend))}</p>
    }
    .into_any()
}
