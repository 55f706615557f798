//! The album as the engine has it, and which picture and box of it a person works at. It stays when the page is left.

use crate::protocol::{AlbumChange, BoxAlbum, BoxedPicture, Detect, Detected, Pixels, Trouble, TroubleKind, TrueBox};
use crate::sorted::SortedMap;
use crate::ui::client::{job_of, opened, unexpected};
use crate::ui::folder::{self, Dropped};
use crate::ui::state::Incoming;
use crate::ui::{AppState, app};
use leptos::prelude::*;
use leptos::task::spawn_local;

const FILES: usize = 5_000;

#[derive(Clone, Copy)]
pub(crate) struct AlbumState {
    /// But for the previews.
    pub(super) album: RwSignal<BoxAlbum>,
    /// By the numbers of their pictures.
    pub(super) previews: RwSignal<SortedMap<u32, Pixels>>,
    pub(super) trouble: RwSignal<Option<Trouble>>,
    chosen: RwSignal<Option<u32>>,
    /// Of the boxes of the chosen picture.
    pub(super) selected: RwSignal<Option<usize>>,
    /// Of new boxes.
    pub(super) class: RwSignal<u32>,
    /// Grows with each change that learning may see.
    pub(super) revision: RwSignal<u32>,
}

impl AlbumState {
    fn new() -> Self {
        Self {
            album: RwSignal::new(BoxAlbum::default()),
            previews: RwSignal::new(SortedMap::new()),
            trouble: RwSignal::new(None),
            chosen: RwSignal::new(None),
            selected: RwSignal::new(None),
            class: RwSignal::new(0),
            revision: RwSignal::new(0),
        }
    }

    /// The number of the picture that is worked at.
    pub(super) fn at(self) -> Option<u32> {
        let chosen = self.chosen.get();
        self.album.with(|album| {
            let is_here = |id: &u32| album.pictures.iter().any(|one| one.id == *id);
            chosen.filter(is_here).or_else(|| album.pictures.first().map(|one| one.id))
        })
    }

    pub(super) fn picture(self) -> Option<BoxedPicture> {
        let at = self.at()?;
        self.album.with(|album| album.pictures.iter().find(|one| one.id == at).cloned())
    }

    /// The one behind it.
    pub(super) fn next(self) -> Option<u32> {
        let at = self.at()?;
        self.album.with(|album| album.pictures.iter().skip_while(|one| one.id != at).nth(1).map(|one| one.id))
    }

    /// A picture of this number, or the first one.
    pub(in crate::ui::page::detect) fn find(self, id: u32) -> Option<u32> {
        self.album.with(|album| {
            let is_it = |one: &&BoxedPicture| one.id == id;
            album.pictures.iter().find(is_it).or(album.pictures.first()).map(|one| one.id)
        })
    }

    pub(in crate::ui::page::detect) fn name(self, id: u32) -> Option<String> {
        self.album.with(|album| album.pictures.iter().find(|one| one.id == id).map(|one| one.name.clone()))
    }

    pub(in crate::ui::page::detect) fn has_boxes(self) -> bool {
        self.album.with(|album| album.pictures.iter().any(|one| !one.boxes.is_empty()))
    }

    pub(super) fn boxes(self) -> usize {
        self.album.with(|album| album.pictures.iter().map(|one| one.boxes.len()).sum())
    }

    pub(super) fn choose(self, id: u32) {
        self.selected.set(None);
        self.chosen.set(Some(id));
    }

    pub(super) fn change(self, change: AlbumChange) {
        spawn_local(async move {
            self.settle(app().client.answer(Detect::Change(change)).await);
        });
    }

    /// The boxes of the chosen picture: shown at once, and told to the engine.
    pub(super) fn set_boxes(self, boxes: Vec<TrueBox>) {
        let Some(picture) = untrack(|| self.at()) else { return };
        self.album.update(|album| {
            if let Some(one) = album.pictures.iter_mut().find(|one| one.id == picture) {
                one.boxes.clone_from(&boxes);
            }
        });
        self.change(AlbumChange::Boxes { picture, boxes });
    }

    /// A new box, of the class that is drawn; without any class, of a first one.
    pub(super) fn add(self, corners: [f32; 4]) {
        let Some(picture) = untrack(|| self.picture()) else { return };
        let count = self.album.with_untracked(|album| album.classes.len() as u32);
        let class = self.class.get_untracked().min(count.saturating_sub(1));
        let boxes: Vec<TrueBox> = picture.boxes.iter().copied().chain([TrueBox { class, corners }]).collect();
        self.selected.set(Some(boxes.len() - 1));
        if count > 0 {
            return self.set_boxes(boxes);
        }
        spawn_local(async move {
            let name = untrack(|| say!(detect.own_new_class, number = 1));
            if self.settle(app().client.answer(Detect::Change(AlbumChange::AddClass(name))).await) {
                self.set_boxes(boxes);
            }
        });
    }

    pub(super) fn rename(self, class: u32, name: String) {
        let is_new = self.album.with_untracked(|album| album.classes.get(class as usize) != Some(&name));
        if is_new {
            self.change(AlbumChange::RenameClass { class, name });
        }
    }

    pub(super) fn bring(self, files: Vec<Dropped>) {
        spawn_local(async move {
            let ask = |files| job_of(Detect::Change(AlbumChange::Files(files)));
            let found = match folder::bring(&files, FILES, ask) {
                Ok((title, ask)) => app().try_to_bring(title, ask).await.and_then(opened),
                Err(trouble) => Err(trouble),
            };
            self.settle(found);
        });
    }

    /// Whether it was done.
    fn settle(self, found: Result<Detected, Trouble>) -> bool {
        match found {
            Ok(Detected::Album(mut album)) => {
                self.trouble.set(None);
                let fresh = std::mem::take(&mut album.previews);
                let first = fresh.first().map(|(id, _)| *id);
                self.previews.update(|all| {
                    all.retain(|id, _| album.pictures.iter().any(|one| one.id == *id));
                    fresh.into_iter().for_each(|(id, pixels)| _ = all.insert(id, pixels));
                });
                self.album.set(album);
                if let Some(first) = first {
                    self.choose(first);
                }
                self.revision.update(|revision| *revision += 1);
                true
            }
            Ok(_) => self.fail(unexpected("Change")),
            Err(trouble) => self.fail(trouble),
        }
    }

    fn fail(self, trouble: Trouble) -> bool {
        if trouble.kind() != TroubleKind::Cancelled {
            self.trouble.set(Some(trouble));
        }
        false
    }
}

impl AppState {
    pub(crate) fn boxes(self) -> AlbumState {
        self.page_state(AlbumState::new, |_| {})
    }

    /// A drop with files of boxes, or of folders, is for the album; the rest goes where it always does.
    pub(crate) fn take_boxes(self, incoming: &Incoming) -> bool {
        if incoming.files.is_empty() {
            return false;
        }
        let dropped = folder::dropped(incoming);
        spawn_local(async move {
            let files = dropped.await;
            match files.iter().all(|dropped| dropped.is_loose_picture() || dropped.is_weights()) {
                true => self.take_files(files.into_iter().map(|dropped| dropped.file).collect()),
                false => self.boxes().bring(files),
            }
        });
        true
    }
}
