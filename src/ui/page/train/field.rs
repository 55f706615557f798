//! The setup's figures as fields: each with its limits, shown where it plays a part.

use crate::protocol::Setup;
use crate::ui::desk::Desk;
use crate::ui::lang::Words;
use crate::ui::live;
use crate::ui::widget::NumberField;
use leptos::prelude::*;

/// One figure of the setup: its name, its text, its limits, how to read and how to write it.
pub(super) struct Figure {
    pub(super) id: &'static str,
    pub(super) label: Words,
    pub(super) low: f64,
    pub(super) high: f64,
    pub(super) whole: bool,
    pub(super) read: fn(&Setup) -> f64,
    pub(super) write: fn(&mut Setup, f64),
    /// Whether it plays a part in this setup.
    pub(super) used: fn(&Setup) -> bool,
}

/// From nothing to `high`, and always in play.
pub(super) fn figure(
    id: &'static str,
    label: Words,
    high: f64,
    whole: bool,
    read: fn(&Setup) -> f64,
    write: fn(&mut Setup, f64),
) -> Figure {
    Figure { id, label, low: 0.0, high, whole, read, write, used: |_| true }
}

/// An f32 as it was typed.
pub(super) fn two_digits(value: f32) -> f64 {
    value.to_string().parse().unwrap_or(f64::from(value))
}

/// The fields of figures that play a part, side by side.
#[component]
pub(super) fn Fields(figures: Vec<Figure>) -> impl IntoView {
    let desk = Desk::here();
    let setup = desk.training().setup;
    let field = |figure: Figure| {
        let Figure { id, label, low, high, whole, read, write, used } = figure;
        let used = Memo::new(move |_| {
            let of_drawn = matches!(id, "data-seed" | "count" | "noise");
            let data = desk.training().data();
            // Noise is for points, and brought data are what they are.
            let applies = data.is_none_or(|data| data.drawn && (id != "noise" || data.shape == [2, 1, 1]));
            setup.with(used) && (!of_drawn || applies)
        });
        live::view(move || {
            used.get()
                .then(|| {
                    view! {
                        <NumberField
                            id
                            label
                            value=Signal::derive(move || setup.with(read))
                            low
                            high
                            whole
                            on_change=move |value| setup.update(|setup| write(setup, value))
                        />
                    }
                })
                .into_any()
        })
    };
    view! { <div class="fields">{figures.into_iter().map(field).collect_view()}</div> }
}
