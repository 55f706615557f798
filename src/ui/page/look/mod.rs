//! Look inside: what does a network see in a picture?

mod curves;
mod dream;
mod evidence;
mod excite;
mod invariance;
mod layers;
mod optimal;
mod saves;
mod settings;
mod style;
mod trust;

use crate::protocol::{LookFact, LookInside, LookInsideAnswer};
use crate::ui::widget::{PageFrame, fact_card};
use crate::ui::{AppState, ExperimentPage, PageSettings, Words, app};
use evidence::{evidence_card, findings};
use excite::excite_card;
use leptos::prelude::*;
use settings::LookSettings;
use trust::trust_card;

impl ExperimentPage for LookInside {
    const STYLE: &'static str = include_str!("style.css");

    fn view() -> AnyView {
        let before = app().route.with_untracked(|route| route.settings::<LookSettings>());
        let settings = LookSettings::open();
        if before.is_some_and(|before| before.leads_to_dream) {
            LookSettings::change(|settings| settings.dream.layer = settings.optimal.layer.take());
            request_animation_frame(|| {
                let card = document().query_selector("[data-testid=dream]").ok().flatten();
                card.into_iter().for_each(|card| card.scroll_into_view());
            });
        }
        app().handle_drops(LookSettings::PAGE, AppState::take_folder_to_look);
        let found = ask!(LookInside, Restart, LookInsideAnswer::Evidence(found) => *found);
        let checked = ask!(LookInside, Restart, LookInsideAnswer::Checked);
        let optimal = ask!(LookInside, Restart, LookInsideAnswer::Optimal(found) => *found);
        let dreamt = ask!(LookInside, Restart, LookInsideAnswer::Dream(found) => *found);
        let style = ask!(LookInside, Restart, LookInsideAnswer::Style(found) => *found);
        let excited = ask!(LookInside, Restart, LookInsideAnswer::Excite(found) => *found);
        let kept = ask!(LookInside, Restart, LookInsideAnswer::Invariance(found) => *found);
        let others = view! {
            {excite::findings(excited.answer)}
            {optimal::findings(optimal.answer)}
            {dream::findings(dreamt.answer)}
            {style::findings(style.answer)}
            {invariance::findings(kept.answer)}
        };
        let own = [findings(found.answer), others.into_any()];
        view! {
            <PageFrame
                class="stage-column experiment look"
                title=words!(look.title)
                sub=words!(look.sub).into_any()
                texts=&[
                    words!(look.why_idea),
                    words!(look.why_gradient),
                    words!(look.why_occlusion),
                    words!(look.why_limits),
                    words!(look.why_trust),
                    words!(look.why_excite),
                    words!(look.why_optimal),
                    words!(look.why_dream),
                    words!(look.why_style),
                    words!(look.why_same),
                ]
                tries=&[
                    words!(look.try_methods),
                    words!(look.try_against),
                    words!(look.try_layer),
                    words!(look.try_square),
                    words!(look.try_excite),
                    words!(look.try_goals),
                    words!(look.try_dream),
                    words!(look.try_style),
                    words!(look.try_same),
                ]
                checks=fact_card(checked, LookInside::Check, words, move || found.is_fresh(), own)
            >
                {evidence_card(settings, found)}
                {trust_card(settings, found.answer)}
                {excite_card(settings, excited)}
                {optimal::optimal_card(settings, optimal, found.answer)}
                {dream::dream_card(settings, dreamt)}
                {style::style_card(settings, style, found.answer)}
                {invariance::invariance_card(settings, kept)}
            </PageFrame>
        }
        .into_any()
    }
}

fn words(fact: LookFact) -> [Words; 2] {
    match fact {
        LookFact::Weights => [words!(look.fact_weights), words!(look.fact_weights_how)],
        LookFact::Sum => [words!(look.fact_sum), words!(look.fact_sum_how)],
        LookFact::Cam => [words!(look.fact_cam), words!(look.fact_cam_how)],
        LookFact::Rectifiers => [words!(look.fact_rectifiers), words!(look.fact_rectifiers_how)],
        LookFact::Mean => [words!(look.fact_mean), words!(look.fact_mean_how)],
        LookFact::Occluded => [words!(look.fact_occluded), words!(look.fact_occluded_how)],
        LookFact::Optimum => [words!(look.fact_optimum), words!(look.fact_optimum_how)],
        LookFact::Waves => [words!(look.fact_waves), words!(look.fact_waves_how)],
        LookFact::Gram => [words!(look.fact_gram), words!(look.fact_gram_how)],
        LookFact::GramSlope => [words!(look.fact_gram_slope), words!(look.fact_gram_slope_how)],
        LookFact::Nine => [words!(look.fact_nine), words!(look.fact_nine_how)],
        LookFact::Shifted => [words!(look.fact_shifted), words!(look.fact_shifted_how)],
        LookFact::Rollout => [words!(look.fact_rollout), words!(look.fact_rollout_how)],
        LookFact::Whole => [words!(look.fact_whole), words!(look.fact_whole_how)],
    }
}
