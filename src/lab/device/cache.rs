//! What was made ready for a device, kept for the next time.

use crate::lab::LabError;

/// At most so many values, the one used last at the end.
pub(in crate::lab) struct Cache<K, V> {
    most: usize,
    entries: Vec<(K, V)>,
}

impl<K: PartialEq, V> Cache<K, V> {
    pub(in crate::lab) const fn new(most: usize) -> Self {
        Self { most, entries: Vec::new() }
    }

    /// The value of this key, made where there is none.
    pub(in crate::lab) async fn get(
        &mut self,
        key: K,
        make: impl AsyncFnOnce() -> Result<V, LabError>,
    ) -> Result<&mut V, LabError> {
        let value = match self.take(&key) {
            Some(value) => value,
            None => make().await?,
        };
        Ok(self.put(key, value))
    }

    /// As the one that was used last.
    pub(in crate::lab) fn put(&mut self, key: K, value: V) -> &mut V {
        if self.entries.len() >= self.most {
            self.entries.remove(0);
        }
        &mut self.entries.push_mut((key, value)).1
    }

    pub(in crate::lab) fn take(&mut self, key: &K) -> Option<V> {
        let at = self.entries.iter().position(|(known, _)| known == key)?;
        Some(self.entries.remove(at).1)
    }

    /// Forgets what `stays` does not want.
    pub(in crate::lab) fn retain(&mut self, mut stays: impl FnMut(&K, &V) -> bool) {
        self.entries.retain(|(key, value)| stays(key, value));
    }
}
