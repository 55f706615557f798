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

/// Settings, each field with its default: what a job does not name has that value. `settings! { pub struct Name about a class { … } }`
/// has those before its own that say which class of which picture it is about.
macro_rules! settings {
    ($(#[$about:meta])* pub struct $name:ident about a class { $($rest:tt)* }) => {
        settings! {
            $(#[$about])*
            pub struct $name {
                pub picture: u32 = 0,
                pub network: String = String::new(),
                pub fit: $crate::protocol::Fit = $crate::protocol::Fit::Crop,
                pub backend: $crate::protocol::BackendChoice = $crate::protocol::BackendChoice::Auto,
                /// The likeliest one of the whole picture where not given.
                pub class: Option<u32> = None,
                $($rest)*
            }
        }

        impl $crate::protocol::AboutClass for $name {
            fn about(&self) -> $crate::protocol::ClassQuestion {
                let Self { picture, network, fit, backend, class, .. } = self;
                let (picture, network, fit, backend, class) = (*picture, network.clone(), *fit, *backend, *class);
                $crate::protocol::ClassQuestion { picture, network, fit, backend, class }
            }

            fn with(self, question: $crate::protocol::ClassQuestion) -> Self {
                let $crate::protocol::ClassQuestion { picture, network, fit, backend, class } = question;
                Self { picture, network, fit, backend, class, ..self }
            }

            fn picture_mut(&mut self) -> &mut u32 {
                &mut self.picture
            }

            fn class_mut(&mut self) -> &mut Option<u32> {
                &mut self.class
            }
        }
    };
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
