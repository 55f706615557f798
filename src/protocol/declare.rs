//! Macros that say once what a type's impls would repeat: the list of an enum's variants, the ids of facts, the defaults of
//! settings.

/// An enum of alternatives, spelt in snake case, with all of them in their order as `ALL`.
macro_rules! choices {
    ($(#[$about:meta])* pub enum $name:ident { $($(#[$of:meta])* $variant:ident),* $(,)? }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $name {
            $($(#[$of])* $variant),*
        }

        impl $name {
            pub const ALL: [$name; [$($name::$variant),*].len()] = [$($name::$variant),*];
        }
    };
}

/// The facts of an experiment, each with the id of its check.
macro_rules! facts {
    ($(#[$about:meta])* pub enum $name:ident { $($(#[$of:meta])* $fact:ident = $id:literal),* $(,)? }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $name {
            $($(#[$of])* $fact),*
        }

        impl $crate::protocol::Facts for $name {
            const ALL: &'static [Self] = &[$($name::$fact),*];

            fn id(self) -> &'static str {
                match self {
                    $($name::$fact => $id),*
                }
            }
        }
    };
}

/// Settings, each field with its default: what a job does not name has that value.
macro_rules! settings {
    ($(#[$about:meta])* pub struct $name:ident { $($(#[$of:meta])* pub $field:ident: $kind:ty = $default:expr),* $(,)? }) => {
        $(#[$about])*
        #[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
        #[serde(default)]
        pub struct $name {
            $($(#[$of])* pub $field: $kind),*
        }

        impl Default for $name {
            fn default() -> Self {
                Self { $($field: $default),* }
            }
        }
    };
}
