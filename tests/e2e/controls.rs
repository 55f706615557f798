//! What tests of all pages do by a page's controls, and read from it.

use crate::page::{LONG, Page};
use serde_json::{Value, json};

impl Page {
    pub(crate) fn click(&self, testid: &str) {
        self.js("document.querySelector(`[data-testid=\"${args[0]}\"]`).click()", &[json!(testid)]);
    }

    pub(crate) fn focus(&self, testid: &str) {
        self.js("document.querySelector(`[data-testid=\"${args[0]}\"]`).focus()", &[json!(testid)]);
    }

    /// Types into a field, or chooses in a list, as a person would: the page hears of it.
    pub(crate) fn set(&self, testid: &str, value: &str) {
        let set = "const field = document.querySelector(`[data-testid=\"${args[0]}\"]`);
            field.value = args[1];
            field.dispatchEvent(new Event('input', { bubbles: true }));
            field.dispatchEvent(new Event('change', { bubbles: true }));";
        self.js(set, &[json!(testid), json!(value)]);
    }

    /// An attribute as a number; NaN where it is not there.
    pub(crate) fn number(&self, testid: &str, attribute: &str) -> f64 {
        let read =
            "return Number(document.querySelector(`[data-testid=\"${args[0]}\"]`)?.getAttribute(args[1]) ?? NaN)";
        self.js(read, &[json!(testid), json!(attribute)]).as_f64().unwrap_or(f64::NAN)
    }

    pub(crate) fn wait_for_number(&self, testid: &str, attribute: &str, is_it: impl Fn(f64) -> bool) {
        let number = || Some(self.number(testid, attribute)).filter(|number| is_it(*number)).map(drop);
        self.wait(&format!("{testid}'s {attribute}"), LONG, number);
    }

    /// Until what this card asked is answered.
    pub(crate) fn wait_until_ready(&self, card: &str) {
        self.wait_for(card, LONG, |card| card.attribute("data-state") == "ready");
    }

    /// Of a check, by its id; empty where there is none.
    pub(crate) fn verdict(&self, check: &str) -> String {
        let all = self.all("check").into_iter();
        all.filter(|row| row.attribute("data-check") == check)
            .map(|row| row.attribute("data-verdict").to_owned())
            .collect()
    }

    pub(crate) fn wait_for_checks(&self, checks: &[&str]) {
        let passed = || checks.iter().all(|check| self.verdict(check) == "passed").then_some(());
        self.wait("the checks", LONG, passed);
    }

    /// The part of the address behind `#`, all in it.
    pub(crate) fn hash(&self) -> String {
        self.js("return location.hash", &[]).as_str().unwrap_or_default().to_owned()
    }

    /// On a telephone: nothing stands out at the side.
    pub(crate) fn assert_narrow(&self, height: u32) {
        self.resize(360, height);
        let over = "return document.documentElement.scrollWidth - document.documentElement.clientWidth";
        self.wait("the page to fit into 360 pixels", LONG / 10, || (self.js(over, &[]) == json!(0)).then_some(()));
    }

    /// The id of a picture of the drawn gallery in the tray.
    pub(crate) fn add_drawing(&self, name: &str) -> Value {
        let picture = json!({ "add_picture": { "name": name, "source": { "gallery": name } } });
        self.run_job(picture).unwrap()["picture"]["id"].take()
    }
}
