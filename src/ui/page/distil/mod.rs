//! Distil: what a large network knows beyond the labels, and how a small one learns it.

mod bias;
mod chart;
mod checks;
mod class;
mod controls;
mod settings;
mod sheet;
mod soft;
mod why;

use crate::ui::desk::{Desk, Life};
use bias::Bias;
use chart::Curves;
use checks::Checks;
use class::Class;
use controls::Controls;
use leptos::prelude::*;
use settings::Settings;
use soft::Soft;
use why::Why;

#[component]
pub(super) fn Distil() -> impl IntoView {
    let desk = Desk::here();
    let class = Class::new();
    // So that the address names what is shown.
    class::change(desk, |_| {});
    // The lesson begins by itself, once.
    let is_up = Memo::new(move |_| desk.life() == Life::Up);
    Effect::new(move |begun: Option<bool>| {
        let begun = begun.unwrap_or(false);
        if is_up.get() && !begun {
            class.start(desk);
        }
        begun || is_up.get()
    });
    view! {
        <section class="stage-column optimise distil">
            <h1>{words!(distil.title)}</h1>
            <p class="sub">{words!(distil.sub)}</p>
            <section class="card" data-testid="distil">
                <h2>{words!(distil.lesson)}</h2>
                <p class="hint">{words!(distil.lesson_hint)}</p>
                <Controls class />
                <Curves class />
            </section>
            <Soft class />
            <Bias class />
            <Settings />
        </section>
        <aside class="side">
            <Why />
            <Checks class />
        </aside>
    }
}
