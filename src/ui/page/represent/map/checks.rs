//! How we know: the map at hand, and what must hold of any.

use super::state::MapPage;
use crate::protocol::{Represent, Represented};
use crate::ui::number;
use crate::ui::page::represent::checks::fact_words;
use crate::ui::widget::{Verdict, check, fact_card};
use leptos::prelude::*;

pub(super) fn checks(page: MapPage) -> AnyView {
    let trusted =
        check("represent-trusted", [words!(represent.fact_trusted), words!(represent.fact_trusted_how)], move || {
            let Some([components, tsne]) = page.trustworthiness.get() else {
                return (Verdict::Open, words!(represent.fact_trusted_todo).into_any());
            };
            // Of few pictures, or in few steps, it need not be so.
            let verdict = if tsne > components { Verdict::Passed } else { Verdict::Told };
            let [tsne, components] = [tsne, components].map(|share| number::fixed(share, 3));
            (verdict, show!(represent.fact_trusted_measured, tsne = tsne, components = components))
        });
    let checked = ask!(Represent, Restart, Represented::Checked);
    fact_card(checked, Represent::Check, fact_words, move || page.map.is_fresh(), [trusted, ().into_any()])
}
