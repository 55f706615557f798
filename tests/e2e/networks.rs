//! The Networks page: its table is searched, sorted and linked to; its graph shows what a node makes of a picture, and how
//! long each takes.

use crate::page::{Gpu, LONG, Page};
use crate::tensor_file::{fixture_answer, fixture_picture, tensor_file};
use serde_json::json;
use std::path::{Path, PathBuf};

fn first_of(page: &Page) -> String {
    page.all("network").first().map(|row| row.attribute("data-network").to_owned()).unwrap_or_default()
}

#[test]
fn the_table_is_searched_sorted_and_restored_by_its_link() {
    let Some(page) = Page::open_at(Gpu::Off, "#/networks?net=digits&backend=cpu") else { return };
    page.wait_for_checks(&["networks-talk"]);
    assert!(page.all("network").len() > 35);
    // Forty points of ImageNet, none of other data.
    assert!(page.js("return document.querySelectorAll('.dot').length", &[]).as_u64().unwrap() > 30);
    page.click("by-ops");
    page.wait("the largest first", LONG, || (first_of(&page) == "vgg19").then_some(()));
    page.click("by-ops");
    page.wait("the smallest first", LONG, || (first_of(&page) == "digits").then_some(()));
    page.set("networks-find", "he, zhang");
    page.wait("the residual networks", LONG, || (first_of(&page) == "cifar10_resnet20").then_some(()));
    page.js("document.querySelector('[data-network=\"resnet152\"] a').click()", &[]);
    page.wait_for("network-card", LONG, |card| card.attribute("data-network") == "resnet152");
    let hash = page.hash();
    assert!(["net=resnet152", "find=he", "by=ops"].iter().all(|part| hash.contains(part)), "{hash}");
    page.reload();
    page.wait_for("network-card", LONG, |card| card.attribute("data-network") == "resnet152");
    page.wait("the same rows", LONG, || (first_of(&page) == "cifar10_resnet20").then_some(()));
    let marked = page.js("return document.querySelector('tr.chosen').dataset.network", &[]);
    assert_eq!(marked, json!("resnet152"));
    page.assert_quiet();
}

#[test]
fn a_node_of_the_drawn_graph_shows_what_it_makes_of_the_picture() {
    let Some(page) = Page::open_at(Gpu::Off, "#/networks?net=photos&picture=ship&backend=cpu") else { return };
    let shown = |part: &str| page.wait_for("activations-of", LONG, |of| of.text.contains(part));
    page.wait_for("graph-node", LONG, |_| true);
    page.wait_for_checks(&["networks-parts"]);
    // The nodes' weights are the network's.
    let sum = "return [...document.querySelectorAll('[data-testid=graph-node]')].reduce((s, n) => s + Number(n.dataset.params), 0)";
    assert_eq!(page.js(sum, &[]), json!(672_010));
    // The first layer by itself, then the one that is pressed.
    assert_eq!(shown("32×32×32").attribute("data-channels"), "32");
    let press = "[...document.querySelectorAll('[data-testid=graph-node]')].at(args[0])
        .dispatchEvent(new MouseEvent('click', { bubbles: true }))";
    page.js(press, &[json!(-1)]);
    assert_eq!(shown("10").attribute("data-channels"), "10");
    let (hash, here) = (page.hash(), page.all("graph-here").remove(0).text);
    page.reload();
    page.wait_for("graph-here", LONG, |now| now.text == here);
    shown("10");
    assert_eq!(page.hash(), hash);
    page.assert_narrow(740);
    page.screenshot("networks-narrow");
    page.assert_quiet();
}

#[test]
fn the_boxes_tell_how_long_they_take_on_this_device() {
    let Some(page) = Page::open_at(Gpu::Off, "#/networks?net=digits&backend=cpu") else { return };
    page.wait_for("graph-node", LONG, |_| true);
    let can = "return document.querySelector('[data-testid=\"times-start\"]')?.disabled === false";
    page.wait("the button", LONG, || (page.js(can, &[]) == true).then_some(()));
    page.click("times-start");
    let line = page.wait_for("times", LONG, |line| line.attribute("data-device") == "CPU");
    let figure = |name: &str| line.attribute(name).parse::<f64>().unwrap();
    let (sum, whole) = (figure("data-sum"), figure("data-whole"));
    assert!(sum > 0.0 && whole > 0.0 && line.text.contains(" ms"), "{line:?}");
    // The boxes' times are the sum, whatever is folded.
    let shown = "return [...document.querySelectorAll('[data-testid=graph-node]')].reduce((s, n) => s + Number(n.dataset.millis), 0)";
    let adds_up = || (page.js(shown, &[]).as_f64().unwrap() - sum).abs() < 1e-6 * sum;
    page.wait("the boxes' times", LONG, || adds_up().then_some(()));
    let text = page.js("return document.querySelector('[data-testid=graph]').textContent", &[]).to_string();
    assert!(text.contains(" ms") && text.contains("done in"), "{text}");
    assert!(page.all("graph-here").remove(0).text.contains("CPU"), "{:?}", page.all("graph-here"));
    page.click("graph-fold");
    page.wait("the folded boxes' times", LONG, || adds_up().then_some(()));
    // Another colour by the keyboard's way, and the address.
    assert!(page.hash().contains("shade=cpu"), "{}", page.hash());
    page.click("shade-gpu");
    let says = "return document.querySelector('.times').textContent";
    page.wait("what is missing", LONG, || {
        page.js(says, &[]).as_str()?.contains("Not measured on the GPU").then_some(())
    });
    page.assert_narrow(740);
    page.assert_quiet();
}

#[test]
fn two_networks_side_by_side_say_how_often_they_agree() {
    let Some(page) = Page::open_at(Gpu::Off, "#/networks?net=photos&backend=cpu&beside=things") else { return };
    let can = "return document.querySelector('[data-testid=\"pair-start\"]')?.disabled === false";
    page.wait("the button", LONG, || (page.js(can, &[]) == true).then_some(()));
    page.wait("the tray", LONG, || (page.all("tray-item").len() > 9).then_some(()));
    let table = page.all("pair-table").remove(0).text;
    assert!(table.contains("672,010") && table.contains("110"), "{table}");
    page.click("pair-start");
    let told = page.wait_for("pair-agree", LONG, |told| told.attribute("data-shared") == "10");
    let figure = |name: &str| told.attribute(name).parse::<usize>().unwrap();
    let (agreed, judged, all) = (figure("data-agreed"), figure("data-judged"), figure("data-of"));
    // The tray's drawings are of more classes than the ten that both know.
    assert!(0 < agreed && agreed <= judged && judged < all && told.text.contains(&agreed.to_string()), "{told:?}");
    assert_eq!(page.all("pair-picture").len(), all);
    assert_eq!(page.all("pair-picture").iter().filter(|row| row.attribute("class") == "same").count(), agreed);
    assert!(page.all("pair-millis").iter().all(|cell| cell.text.contains("ms · CPU")), "{:?}", page.all("pair-millis"));
    // Another one beside it: in the address, and what was found is gone.
    page.set("beside", "digits");
    page.wait("the address", LONG, || page.hash().contains("beside=digits").then_some(()));
    page.wait("nothing of the other pair", LONG, || page.all("pair-agree").is_empty().then_some(()));
    page.assert_narrow(740);
    page.assert_quiet();
}

#[test]
fn an_onnx_file_is_verified_by_the_test_data_that_came_with_it() {
    let Some(page) = Page::open_at(Gpu::Off, "#/networks?backend=cpu") else { return };
    let folder = std::env::temp_dir().join(format!("neocog-verify-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let left = |name: &str, bytes: Vec<u8>| -> PathBuf {
        let path = folder.join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    };
    let mut answer = fixture_answer("block");
    let right = tensor_file(&[1, 5], &answer);
    answer[2] += 0.5;
    let wrong = tensor_file(&[1, 5], &answer);
    let input = left("input_0.pb", tensor_file(&[1, 3, 16, 16], &fixture_picture()));
    let model = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/onnx/block.onnx"));
    // The network and its test data at once, as a folder holds them.
    page.drop_files(&[model, &input, &left("output_0.pb", right)], "drop-zone");
    let set = |is_it: &dyn Fn(f64) -> bool| {
        page.wait_for("verified-set", LONG, |set| set.attribute("data-share").parse().is_ok_and(is_it))
    };
    let verified = set(&|share| share < 1.0);
    assert!(verified.text.contains("largest error") && verified.text.contains("5 numbers"), "{verified:?}");
    assert_eq!(page.verdict("verified"), "passed");
    page.screenshot("verified");
    // Values that are not its own.
    page.drop_files(&[&input, &left("output_0.pb", wrong)], "verify");
    let verified = set(&|share| share > 1.0);
    assert!((verified.attribute("data-largest").parse::<f64>().unwrap() - 0.5).abs() < 1e-3, "{verified:?}");
    assert_eq!(page.verdict("verified"), "failed");
    page.assert_narrow(740);
    std::fs::remove_dir_all(&folder).unwrap();
    page.assert_quiet();
}
