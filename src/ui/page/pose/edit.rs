//! What a person puts right: kept as examples, written and read as COCO's keypoints.

use super::state::PoseState;
use crate::protocol::{DataFile, Exported, ImportPose, Pose, Posed, Trouble};
use crate::ui::client::{job_of, opened, unexpected};
use crate::ui::folder::Dropped;
use crate::ui::widget::{Button, FileButton, Icon, trouble_box};
use crate::ui::{app, folder, live, number};
use leptos::prelude::*;
use leptos::web_sys::File;
use serde_bytes::ByteBuf;

async fn save() -> Result<(), Trouble> {
    match app().client.answer(Pose::Export).await? {
        Posed::Saved(Exported { name, bytes }) => folder::save(&name, &bytes),
        _ => return Err(unexpected("Export")),
    }
    Ok(())
}

pub(super) fn edit_row(state: PoseState) -> AnyView {
    let said = RwSignal::new(None::<(usize, u32)>);
    let take = move |files: Vec<File>| {
        let files: Vec<Dropped> = files.into_iter().take(1).map(folder::named).collect();
        app().try_to(async move {
            let tray = untrack(|| app().tray());
            let pictures = tray.into_iter().filter_map(|id| Some((id, app().item(id)?.name))).collect();
            let job = |mut files: Vec<DataFile>| {
                let file = files.pop().unwrap_or_else(|| DataFile { name: String::new(), bytes: ByteBuf::new() });
                job_of(Pose::Import(ImportPose { file, pictures }))
            };
            let (title, ask) = folder::bring(&files, 1, job)?;
            let Posed::Imported(made) = opened(app().try_to_bring(title, ask).await?)? else {
                return Err(unexpected("Import"));
            };
            said.try_set(Some((made.found.len(), made.elsewhere)));
            state.take(made);
            Ok(())
        });
    };
    let is_edited = Memo::new(move |_| state.edited.with(Option::is_some));
    let words = move || match state.corrected.get() {
        0 => say!(pose.drag_hint).to_owned(),
        count => say!(pose.corrected, count = number::count(count)),
    };
    view! {
        <p class="sub" data-testid="pose-corrected">{live::text(words)}</p>
        <div class="row-acts wraps">
            <Button
                id="pose-reset"
                words=words!(pose.reset)
                off=move || !is_edited.get()
                on_press=move |()| state.edited.set(None)
            />
            <Button
                id="pose-export"
                icon=Icon::Download
                words=words!(pose.export)
                off=move || state.corrected.get() == 0
                on_press=move |()| app().try_to(save())
            />
            <FileButton id="pose-import" label=words!(pose.import) accept=Some(".json") on_files=take />
        </div>
        {live::view(move || said.get().map(|(found, elsewhere)| {
            let words = live::text(move || say!(pose.imported, count = number::count(found as u64), elsewhere = number::count(elsewhere)));
            view! { <p class="sub" data-testid="pose-imported">{words}</p> }
        }).into_any())}
        {trouble_box(move || state.correct.trouble())}
    }
    .into_any()
}
