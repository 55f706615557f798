//! Who teaches whom on what: read when a lesson begins.

use super::run::{change, settings_of};
use crate::protocol::{DataChoice, DistilRun, Teacher};
use crate::ui::desk::Desk;
use crate::ui::live;
use crate::ui::page::train::data_name;
use crate::ui::widget::NumberField;
use leptos::prelude::*;

/// What is drawn of a set where nothing else is said: the demonstration's size.
const DRAWN: u32 = 4000;
/// Sets that the program draws; what the person brought on the Train page comes after them.
const SETS: [&str; 7] = ["digits", "shapes", "spirals", "spirals3", "circles", "xor", "gaussians"];

#[component]
pub(super) fn Settings() -> impl IntoView {
    let desk = Desk::here();
    let lesson = settings_of(desk);
    let sets = Memo::new(move |_| {
        let brought = desk.training().options.with(|options| {
            let all =
                options.as_ref().map(|options| options.data.iter().map(|data| data.set.clone()).collect::<Vec<_>>());
            all.unwrap_or_default()
        });
        let mut sets = SETS.map(str::to_owned).to_vec();
        for set in brought.into_iter().chain([lesson.with(|lesson| lesson.data.set.clone())]) {
            if !sets.contains(&set) {
                sets.push(set);
            }
        }
        sets
    });
    let teachers = Memo::new(move |_| {
        let station = desk.station();
        let ready = station.into_iter().flat_map(|station| station.networks).filter(|network| network.ready);
        ready.map(|network| (network.id, network.title)).collect::<Vec<_>>()
    });
    let number = move |id, label, low, high, of: fn(&DistilRun) -> f64, set: fn(&mut DistilRun, f64)| {
        let is_whole = high > 100.0;
        view! {
            <NumberField
                id
                label
                value=Signal::derive(move || lesson.with(of))
                low
                high
                whole=is_whole
                on_change=move |value| change(desk, |lesson| set(lesson, value))
            />
        }
    };
    view! {
        <section class="card" data-testid="distil-settings">
            <h2>{words!(distil.settings)}</h2>
            <p class="hint">{words!(distil.settings_hint)}</p>
            <div class="fields">
                <label class="field">
                    <span>{words!(train.data)}</span>
                    <select
                        data-testid="distil-data"
                        on:change=move |event| {
                            let set = event_target_value(&event);
                            change(desk, |lesson| lesson.data = DataChoice { set, count: DRAWN, ..DataChoice::default() });
                        }
                    >
                        {live::view(move || sets.get().into_iter().map(|set| {
                            let (value, name) = (set.clone(), set.clone());
                            let here = move || lesson.with(|lesson| lesson.data.set == set);
                            view! {
                                <option value=value prop:selected=live::flag(here)>{live::text(move || data_name(&name))}</option>
                            }
                        }).collect_view().into_any())}
                    </select>
                </label>
                <label class="field">
                    <span>{words!(distil.teacher)}</span>
                    <select
                        data-testid="distil-teacher"
                        on:change=move |event| {
                            let network = event_target_value(&event);
                            let teacher = if network.is_empty() { Teacher::default() } else { Teacher::Loaded { network } };
                            change(desk, |lesson| lesson.teacher = teacher);
                        }
                    >
                        <option value="" prop:selected=live::flag(move || lesson.with(|lesson| matches!(lesson.teacher, Teacher::Trained { .. })))>
                            {words!(distil.trained_here)}
                        </option>
                        {live::view(move || teachers.get().into_iter().map(|(id, title)| {
                            let value = id.clone();
                            let here = move || lesson.with(|lesson| lesson.teacher == Teacher::Loaded { network: id.clone() });
                            view! { <option value=value prop:selected=live::flag(here)>{title}</option> }
                        }).collect_view().into_any())}
                    </select>
                </label>
                {number("distil-examples", words!(distil.examples), 0.0, 1e6, |l| f64::from(l.examples), |l, v| l.examples = v as u32)}
                {number("distil-count", words!(train.count), 0.0, 1e6, |l| f64::from(l.data.count), |l, v| l.data.count = v as u32)}
                {number("distil-epochs", words!(train.epochs), 1.0, 1e4, |l| f64::from(l.epochs), |l, v| l.epochs = v as u32)}
                {number("distil-batch", words!(train.batch), 1.0, 1e5, |l| f64::from(l.batch), |l, v| l.batch = v as u32)}
                {number("distil-rate", words!(train.rate), 1e-6, 10.0, |l| l.optimiser.rate, |l, v| l.optimiser.rate = v)}
            </div>
            <div class="fields texts">
                {live::view(move || {
                    let network = lesson.with(|lesson| match &lesson.teacher {
                        Teacher::Trained { network, .. } => Some(network.clone()),
                        Teacher::Loaded { .. } => None,
                    });
                    network.map(|text| view! {
                        <label class="field">
                            <span>{words!(distil.teacher_network)}</span>
                            <textarea
                                rows="8"
                                spellcheck="false"
                                data-testid="distil-teach"
                                prop:value=text
                                on:change=move |event| {
                                    let text = event_target_value(&event);
                                    change(desk, |lesson| if let Teacher::Trained { network, .. } = &mut lesson.teacher { *network = text });
                                }
                            ></textarea>
                        </label>
                    }).into_any()
                })}
                <label class="field">
                    <span>{words!(distil.student_network)}</span>
                    <textarea
                        rows="8"
                        spellcheck="false"
                        data-testid="distil-student"
                        prop:value=live::text(move || lesson.with(|lesson| lesson.student.clone()))
                        on:change=move |event| change(desk, |lesson| lesson.student = event_target_value(&event))
                    ></textarea>
                </label>
            </div>
        </section>
    }
}
