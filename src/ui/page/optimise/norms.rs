//! The gradient's norm in each layer: bars on a logarithmic axis, from the first layer to the last.

use crate::ui::widget::{Axis, Scaling, along, follow_width, grid_rows};
use crate::ui::{live, number};
use leptos::html::Div;
use leptos::prelude::*;

const HEIGHT: f64 = 220.0;
const LEFT: f64 = 48.0;
const RIGHT: f64 = 8.0;
const TOP: f64 = 8.0;
const BOTTOM: f64 = 24.0;
/// The axis reaches at least this far down and up, so that a healthy net's bars stay where they are.
const USUAL: [f64; 2] = [1e-4, 1.0];
/// What vanishes further is cut off here; single precision ends at 1e-38.
const LEAST: f64 = 1e-30;

#[component]
pub(super) fn Norms(norms: Memo<Vec<f32>>) -> impl IntoView {
    let frame = NodeRef::<Div>::new();
    let width = follow_width(frame);
    let chosen = RwSignal::new(None::<usize>);
    let told = move || {
        norms.with(|norms| {
            let (first, last) = (norms.first().copied()?, norms.last().copied()?);
            Some(say!(
                optimise.norms_told,
                layers = norms.len(),
                first = number::digits(first),
                last = number::digits(last),
                ratio = number::digits(first / last)
            ))
        })
    };
    let read = move || {
        let layer = chosen.get()?;
        let norm = norms.with(|norms| norms.get(layer).copied())?;
        Some(say!(optimise.norm_of, layer = layer + 1, norm = number::digits(norm)))
    };
    let steer = move |event: leptos::ev::KeyboardEvent| {
        let next = along(&event, chosen.get_untracked(), norms.with_untracked(Vec::len));
        next.into_iter().for_each(|next| chosen.set(Some(next)));
    };
    view! {
        <figure class="chart norms">
            <figcaption>
                <h3>{words!(optimise.norms)}</h3>
                <span class="figure">{live::maybe(move || read().or_else(told))}</span>
            </figcaption>
            <div class="plot" node_ref=frame>
                <svg
                    width=live::text(move || width.get().to_string())
                    height=HEIGHT.to_string()
                    role="img"
                    tabindex="0"
                    data-testid="norms"
                    data-first=live::maybe(move || norms.with(|norms| norms.first().map(f32::to_string)))
                    data-last=live::maybe(move || norms.with(|norms| norms.last().map(f32::to_string)))
                    aria-label=live::text(move || told().unwrap_or_default())
                    on:keydown=steer
                    on:blur=move |_| chosen.set(None)
                    on:pointerleave=move |_| chosen.set(None)
                >
                    {live::view(move || norms.with(|norms| bars(norms, width.get(), chosen)))}
                </svg>
            </div>
        </figure>
    }
}

fn bars(norms: &[f32], width: f64, chosen: RwSignal<Option<usize>>) -> AnyView {
    let finite = || norms.iter().map(|norm| f64::from(*norm)).filter(|norm| norm.is_finite() && *norm > 0.0);
    let low = finite().fold(USUAL[0], f64::min).max(LEAST) / 3.0;
    let high = finite().fold(USUAL[1], f64::max) * 1.5;
    let axis = Axis::new(low, high, HEIGHT - TOP - BOTTOM, Scaling::Log);
    let (floor, room) = (HEIGHT - BOTTOM, (width - LEFT - RIGHT).max(1.0));
    let pitch = room / norms.len().max(1) as f64;
    // As many numbers below as there is room for.
    let stride = [1, 2, 5, 10, 20].into_iter().find(|stride| pitch * f64::from(*stride) >= 22.0).unwrap_or(50) as usize;
    let one = |(layer, norm): (usize, &f32)| {
        let x = LEFT + pitch * layer as f64;
        let is_number = norm.is_finite() && *norm > 0.0;
        let height = if is_number { axis.place(f64::from(*norm)).max(1.0) } else { 0.0 };
        let is_named = layer == 0 || (layer + 1).is_multiple_of(stride);
        view! {
            <g on:pointerenter=move |_| chosen.set(Some(layer)) class:on=live::flag(move || chosen.get() == Some(layer))>
                <rect class="reach" x=x.to_string() y=TOP.to_string() width=pitch.to_string() height=(floor - TOP).to_string()></rect>
                <rect
                    class="norm"
                    data-testid="norm"
                    data-value=norm.to_string()
                    x=(x + pitch * 0.12).to_string()
                    y=(floor - height).to_string()
                    width=(pitch * 0.76).max(1.0).to_string()
                    height=height.to_string()
                ></rect>
                {is_named.then(|| view! { <text x=(x + pitch / 2.0).to_string() y=(floor + 16.0).to_string() text-anchor="middle">{layer + 1}</text> })}
            </g>
        }
    };
    view! {
        <g class="axes" aria-hidden="true">
            {grid_rows(&axis, 5, [LEFT, LEFT + room], floor)} {norms.iter().enumerate().map(one).collect_view()}
        </g>
    }
    .into_any()
}
