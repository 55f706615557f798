//! What the desk keeps for a page whose code is fetched when a person first goes there: made by that code, kept for good.

use leptos::prelude::{GetValue, Owner, SetValue, StoredValue};

/// `None` until somebody asks. It outlives the page that asked first.
pub(super) struct Late<T: Send + Sync + 'static> {
    owner: StoredValue<Option<Owner>>,
    made: StoredValue<Option<T>>,
}

impl<T: Send + Sync + 'static> Clone for Late<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Send + Sync + 'static> Copy for Late<T> {}

impl<T: Copy + Send + Sync + 'static> Late<T> {
    /// To be owned by whom this is made by.
    pub(super) fn new() -> Self {
        Self { owner: StoredValue::new(Owner::current()), made: StoredValue::new(None) }
    }

    /// Makes it where it is not there. `begin` is what it does at first, with itself in place.
    pub(super) fn get_or_make(self, make: impl FnOnce() -> T, begin: impl FnOnce(T)) -> T {
        if let Some(made) = self.made.get_value() {
            return made;
        }
        let owned = || {
            let made = make();
            self.made.set_value(Some(made));
            begin(made);
            made
        };
        match self.owner.get_value() {
            Some(owner) => owner.with(owned),
            None => owned(),
        }
    }
}
