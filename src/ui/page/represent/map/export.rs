//! The map as a table: a row for each picture.

use super::sheet::places;
use super::state::MapPage;
use leptos::prelude::*;

struct MapRow {
    class: String,
    components: [f32; 2],
    tsne: [f32; 2],
}

fn rows(page: MapPage) -> Option<Vec<MapRow>> {
    let begun = page.begun.get_untracked()?;
    let frame = page.frame.get_untracked()?;
    let class = |at: usize| begun.examples.classes.get(*begun.examples.labels.get(at)? as usize).cloned();
    let places = begun.components.iter().zip(&frame.places).enumerate();
    Some(
        places
            .map(|(at, (components, tsne))| MapRow {
                class: class(at).unwrap_or_default(),
                components: *components,
                tsne: *tsne,
            })
            .collect(),
    )
}

/// A class that has commas, quotes or lines in its name is quoted, as RFC 4180 says.
fn quoted(text: &str) -> String {
    match text.contains([',', '"', '\n', '\r']) {
        true => format!("\"{}\"", text.replace('"', "\"\"")),
        false => text.to_owned(),
    }
}

/// The chosen ones, where they are on the map as it is placed.
pub(super) fn picked_as_csv(page: MapPage) -> Option<String> {
    let (rows, places) = (rows(page)?, untrack(|| places(page)));
    let row = |at: usize| {
        let (MapRow { class, .. }, [x, y]) = (rows.get(at)?, places.get(at)?);
        Some(format!("{at},{},{x},{y}\r\n", quoted(class)))
    };
    let all = page.picked.get_untracked().into_iter().filter_map(row);
    Some(all.fold("picture,class,x,y\r\n".to_owned(), |text, one| text + &one))
}

pub(super) fn as_csv(page: MapPage) -> Option<String> {
    let row = |(at, MapRow { class, components: [a, b], tsne: [x, y] }): (usize, MapRow)| {
        format!("{at},{},{a},{b},{x},{y}\r\n", quoted(&class))
    };
    let head = "picture,class,component_1,component_2,tsne_x,tsne_y\r\n".to_owned();
    Some(rows(page)?.into_iter().enumerate().fold(head, |text, one| text + &row(one)))
}

pub(super) fn as_json(page: MapPage) -> Option<String> {
    let row = |(at, MapRow { class, components, tsne }): (usize, MapRow)| {
        let class = String::from(js_sys::JSON::stringify(&class.into()).ok()?);
        let pair = |[x, y]: [f32; 2]| format!("[{x},{y}]");
        Some(format!(
            "{{\"picture\":{at},\"class\":{class},\"components\":{},\"tsne\":{}}}",
            pair(components),
            pair(tsne)
        ))
    };
    let all: Vec<String> = rows(page)?.into_iter().enumerate().filter_map(row).collect();
    Some(format!("[{}]\n", all.join(",\n")))
}
