//! What pages keep when they are left. A page's own code makes its state when it first asks for it.

use leptos::prelude::{LocalStorage, Owner, StoredValue, UpdateValue, WithValue};
use std::any::{Any, TypeId};

/// One of each type. It outlives the page that asked first.
#[derive(Clone, Copy)]
pub(super) struct PageStates {
    owner: StoredValue<Option<Owner>>,
    made: StoredValue<Vec<Made>, LocalStorage>,
}

struct Made {
    of: TypeId,
    value: Box<dyn Any>,
}

impl PageStates {
    /// To be owned by whom this is made by.
    pub(super) fn new() -> Self {
        Self { owner: StoredValue::new(Owner::current()), made: StoredValue::new_local(Vec::new()) }
    }

    pub(super) fn get<T: Copy + 'static>(self) -> Option<T> {
        self.made.with_value(|all| {
            let made = all.iter().find(|made| made.of == TypeId::of::<T>())?;
            made.value.downcast_ref().copied()
        })
    }

    /// Makes it where it is not there. `begin` is what it does at first, with itself in place.
    pub(super) fn get_or_make<T: Copy + 'static>(self, make: impl FnOnce() -> T, begin: impl FnOnce(T)) -> T {
        if let Some(made) = self.get() {
            return made;
        }
        let owned = || {
            let made = make();
            self.made.update_value(|all| all.push(Made { of: TypeId::of::<T>(), value: Box::new(made) }));
            begin(made);
            made
        };
        match self.owner.with_value(Clone::clone) {
            Some(owner) => owner.with(owned),
            None => owned(),
        }
    }
}
