//! What a person can set: network, class, square, stride, grey.

use super::map::label_of;
use super::settings::OccludeSettings;
use crate::protocol::{Interval, OcclusionMap, usual_side, usual_stride};
use crate::ui::desk::Desk;
use crate::ui::live;
use crate::ui::page::classify::NetworkSelect;
use crate::ui::settings::Settings;
use crate::ui::widget::{NumberField, Segments, Select};
use leptos::prelude::*;

/// Of a side or a stride; the engine knows the network's own limit.
const PIXELS: Interval = Interval::whole(1, 1024);

#[component]
pub(super) fn Controls(settings: Memo<OccludeSettings>, map: RwSignal<Option<OcclusionMap>>) -> impl IntoView {
    let desk = Desk::here();
    let change = move |change: &dyn Fn(&mut OccludeSettings)| OccludeSettings::change(desk, change);
    let shorter = Memo::new(move |_| desk.network().map_or(32, |network| network.input[1].min(network.input[2])));
    let reads_digits = Memo::new(move |_| desk.network().is_some_and(|network| network.reads_digits));
    let class = Memo::new(move |_| settings.with(|settings| settings.class));
    let top = Memo::new(move |_| map.with(|map| map.as_ref().map(|map| map.top.clone()).unwrap_or_default()));
    let options = Signal::derive(move || {
        let top = top.get();
        let other = class.get().filter(|class| top.iter().all(|one| one.index != *class));
        std::iter::once((String::new(), say!(occlude.likeliest).to_owned()))
            .chain(top.iter().map(|one| (one.index.to_string(), label_of(one).to_owned())))
            .chain(other.map(|class| (class.to_string(), format!("# {class}"))))
            .collect::<Vec<_>>()
    });
    let side = Signal::derive(move || settings.get().side.unwrap_or_else(|| usual_side(shorter.get())).into());
    let stride = Signal::derive(move || settings.get().stride.unwrap_or_else(|| usual_stride(shorter.get())).into());
    view! {
        <div class="fields occlude-fields">
            <NetworkSelect />
            <Select
                id="occlude-class"
                label=words!(occlude.class)
                options
                chosen=Signal::derive(move || class.get().map(|class| class.to_string()).unwrap_or_default())
                on_choose=move |class: String| change(&|settings| settings.class = class.parse().ok())
            />
            <div class:gone=live::flag(move || reads_digits.get())>
                <Segments
                    name="occlude-fit"
                    label=words!(classify.fit)
                    chosen=Signal::derive(move || desk.place.with(|place| place.fit))
                    on_choose=move |fit| desk.go(|place| place.fit = fit)
                />
            </div>
            <NumberField id="occlude-side" label=words!(occlude.side) limits=PIXELS value=side on_change=move |side| change(&|settings| settings.side = Some(side as u32)) />
            <NumberField id="occlude-stride" label=words!(occlude.stride) limits=PIXELS value=stride on_change=move |stride| change(&|settings| settings.stride = Some(stride as u32)) />
            {controls!(OccludeSettings, "grey")}
        </div>
    }
}
