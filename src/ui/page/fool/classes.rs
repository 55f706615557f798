//! The classes of the network by their names: all of them in a list where they are few, found by typing where they are many.

use crate::protocol::{Attacked, Classify, Fool, Job, Outcome, Prediction};
use crate::ui::client::unexpected;
use crate::ui::widget::Select;
use crate::ui::{Ask, Asking, Policy, Words, app, live, sentence};
use leptos::html::Input;
use leptos::prelude::*;

/// More than these nobody reads through.
const LISTED: usize = 20;

/// In the order of their numbers. The network's own answer about any picture names them all; asked once for each network, after
/// the attack.
pub(super) fn class_names(attacked: Ask<Fool, Attacked>) -> Memo<Vec<Prediction>> {
    let asking = Asking::new(Policy::Restart);
    let found = RwSignal::new((String::new(), Vec::<Prediction>::new()));
    Effect::new(move |_| {
        let Some(subject) = app().subject().filter(|_| attacked.is_fresh()) else { return };
        let network = subject.network.id;
        if found.with_untracked(|(of, _)| *of == network) {
            return;
        }
        let job = Classify {
            picture: subject.picture,
            network: network.clone(),
            fit: subject.fit,
            backend: subject.backend,
            top: subject.network.classes,
        };
        asking.ask(Job::Classify(job), move |outcome| {
            let Outcome::Classified(mut answer) = outcome else { return Err(unexpected("Classify")) };
            answer.top.sort_by_key(|prediction| prediction.index);
            found.set((network, answer.top));
            Ok(())
        });
    });
    Memo::new(move |_| {
        let here = app().network().map(|network| network.id);
        found.with(|(of, names)| if Some(of) == here.as_ref() { names.clone() } else { Vec::new() })
    })
}

/// One of the network's classes; `any` is what it says where none is chosen, and `without` one that is not offered.
#[component]
pub(super) fn ClassPicker(
    id: &'static str,
    label: Words,
    names: Memo<Vec<Prediction>>,
    #[prop(optional)] any: Option<Words>,
    #[prop(into, optional)] without: Signal<Option<u32>>,
    #[prop(into)] chosen: Signal<Option<u32>>,
    #[prop(into)] on_choose: Callback<Option<u32>>,
) -> impl IntoView {
    let offered = Signal::derive(move || {
        let (without, chosen) = (without.get(), chosen.get());
        let is_offered = move |one: &Prediction| Some(one.index) != without || chosen == without;
        names.get().into_iter().filter(is_offered).collect::<Vec<_>>()
    });
    let many = Memo::new(move |_| app().network().is_some_and(|network| network.classes > LISTED));
    live::view(move || match many.get() {
        true => view! { <Search id label any offered chosen on_choose /> }.into_any(),
        false => {
            let options = Signal::derive(move || {
                let named = |one: &Prediction| (one.index.to_string(), sentence::label_of(one).to_owned());
                let none = any.map(|any| (String::new(), any().to_owned()));
                let unnamed = chosen
                    .get()
                    .filter(|_| offered.with(Vec::is_empty))
                    .map(|class| (class.to_string(), class.to_string()));
                none.into_iter()
                    .chain(unnamed)
                    .chain(offered.with(|all| all.iter().map(named).collect::<Vec<_>>()))
                    .collect::<Vec<_>>()
            });
            let value = Signal::derive(move || chosen.get().map(|class| class.to_string()).unwrap_or_default());
            view! { <Select id label options chosen=value on_choose=move |class: String| on_choose.run(class.parse().ok()) /> }.into_any()
        }
    })
}

/// A part of a name, or a number, finds a class.
#[component]
fn Search(
    id: &'static str,
    label: Words,
    any: Option<Words>,
    offered: Signal<Vec<Prediction>>,
    chosen: Signal<Option<u32>>,
    on_choose: Callback<Option<u32>>,
) -> impl IntoView {
    let field = NodeRef::<Input>::new();
    let list = format!("{id}-list");
    let value = move || {
        let named = |class: u32| {
            let name =
                |all: &Vec<Prediction>| Some(sentence::label_of(all.iter().find(|one| one.index == class)?).to_owned());
            offered.with(name).unwrap_or_else(|| class.to_string())
        };
        chosen.get().map(named).unwrap_or_default()
    };
    let choose = move |_| {
        let Some(field) = field.get_untracked() else { return };
        let text = field.value().trim().to_lowercase();
        let found = offered.with_untracked(|all| found_by(&text, all));
        match (found, text.is_empty() && any.is_some()) {
            (Some(class), _) => on_choose.run(Some(class)),
            (None, true) => on_choose.run(None),
            (None, false) => {
                field.set_value(&untrack(value));
                field.set_custom_validity(&say!(fool.no_class, text = text));
                let _ = field.report_validity();
                field.set_custom_validity("");
            }
        }
    };
    view! {
        <label class="field">
            <span>{label}</span>
            <input
                node_ref=field
                type="search"
                list=list.clone()
                autocomplete="off"
                placeholder=live::name(move || Some(any.map_or("", |any| any())))
                data-testid=id
                prop:value=live::text(value)
                on:change=choose
            />
            <datalist id=list>
                {live::view(move || {
                    let option = |one: &Prediction| view! { <option value=sentence::label_of(one).to_owned()></option> };
                    offered.with(|all| all.iter().map(option).collect_view().into_any())
                })}
            </datalist>
        </label>
    }
}

/// By its whole name, its number, the beginning of its name, or a part of it.
fn found_by(text: &str, all: &[Prediction]) -> Option<u32> {
    if text.is_empty() {
        return None;
    }
    let number = text.parse::<u32>().ok();
    let by = |is: &dyn Fn(&str) -> bool| all.iter().find(|one| is(&sentence::label_of(one).to_lowercase()));
    let named = by(&|name| name == text).or_else(|| all.iter().find(|one| Some(one.index) == number));
    let found = named.or_else(|| by(&|name| name.starts_with(text))).or_else(|| by(&|name| name.contains(text)));
    found.map(|one| one.index)
}
