//! Who teaches whom on what: read when a lesson begins.

use super::settings::data_of;
use crate::protocol::{DistilRun, Teacher};
use crate::ui::desk::Desk;
use crate::ui::live;
use crate::ui::page::train::data_name;
use crate::ui::settings::Settings;
use crate::ui::widget::Select;
use leptos::prelude::*;

/// Sets that the program draws; what the person brought on the Train page comes after them.
const SETS: [&str; 7] = ["digits", "shapes", "spirals", "spirals3", "circles", "xor", "gaussians"];

#[component]
pub(super) fn Form() -> impl IntoView {
    let desk = Desk::here();
    let settings = DistilRun::of(desk);
    let set = Signal::derive(move || settings.with(|settings| settings.data.set.clone()));
    let sets = Signal::derive(move || {
        let brought = desk.training().options.with(|options| {
            let all = options.iter().flat_map(|options| &options.data);
            all.map(|data| data.set.clone()).collect::<Vec<_>>()
        });
        let mut sets = SETS.map(str::to_owned).to_vec();
        for set in brought.into_iter().chain([set.get()]) {
            if !sets.contains(&set) {
                sets.push(set);
            }
        }
        sets.into_iter().map(|set| (set.clone(), data_name(&set))).collect::<Vec<_>>()
    });
    let teachers = Signal::derive(move || {
        let station = desk.station();
        let ready = station.into_iter().flat_map(|station| station.networks).filter(|network| network.ready);
        let here = (String::new(), say!(distil.trained_here).to_owned());
        std::iter::once(here).chain(ready.map(|network| (network.id, network.title))).collect::<Vec<_>>()
    });
    let teacher = Signal::derive(move || {
        settings.with(|settings| match &settings.teacher {
            Teacher::Trained { .. } => String::new(),
            Teacher::Loaded { network } => network.clone(),
        })
    });
    let teaching = Memo::new(move |_| {
        settings.with(|settings| match &settings.teacher {
            Teacher::Trained { network, .. } => Some(network.clone()),
            Teacher::Loaded { .. } => None,
        })
    });
    view! {
        <section class="card" data-testid="distil-settings">
            <h2>{words!(distil.settings)}</h2>
            <p class="hint">{words!(distil.settings_hint)}</p>
            <div class="fields">
                <Select
                    id="distil-data"
                    label=words!(train.data)
                    options=sets
                    chosen=set
                    on_choose=move |set: String| DistilRun::change(desk, |settings| settings.data = data_of(set))
                />
                <Select
                    id="distil-teacher"
                    label=words!(distil.teacher)
                    options=teachers
                    chosen=teacher
                    on_choose=move |network: String| {
                        let teacher = if network.is_empty() { Teacher::default() } else { Teacher::Loaded { network } };
                        DistilRun::change(desk, |settings| settings.teacher = teacher);
                    }
                />
                {controls!(DistilRun, "examples", "count", "epochs", "batch", "rate")}
            </div>
            <div class="fields texts">
                {live::view(move || {
                    teaching
                        .get()
                        .map(|text| view! {
                            <label class="field">
                                <span>{words!(distil.teacher_network)}</span>
                                <textarea
                                    rows="8"
                                    spellcheck="false"
                                    data-testid="distil-teach"
                                    prop:value=text
                                    on:change=move |event| {
                                        let text = event_target_value(&event);
                                        DistilRun::change(desk, |settings| if let Teacher::Trained { network, .. } = &mut settings.teacher { *network = text });
                                    }
                                ></textarea>
                            </label>
                        })
                        .into_any()
                })}
                <label class="field">
                    <span>{words!(distil.student_network)}</span>
                    <textarea
                        rows="8"
                        spellcheck="false"
                        data-testid="distil-student"
                        prop:value=live::text(move || settings.with(|settings| settings.student.clone()))
                        on:change=move |event| DistilRun::change(desk, |settings| settings.student = event_target_value(&event))
                    ></textarea>
                </label>
            </div>
        </section>
    }
}
