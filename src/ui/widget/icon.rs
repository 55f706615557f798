//! Line icons, 16 × 16, in the colour of the text around them.

use leptos::prelude::*;

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Icon {
    Auto,
    Sun,
    Moon,
    Close,
    Check,
    Dash,
    File,
    Link,
    Camera,
    Download,
    Play,
    Pause,
    Step,
    Again,
    Dice,
    Copy,
}

impl Icon {
    fn path(self) -> &'static str {
        match self {
            Icon::Auto => "M8 2.5a5.5 5.5 0 1 0 0 11a5.5 5.5 0 1 0 0-11z",
            Icon::Sun => {
                "M8 5a3 3 0 1 0 0 6a3 3 0 0 0 0-6zM8 1.5v1.2M8 13.3v1.2M1.5 8h1.2M13.3 8h1.2M3.4 3.4l.9.9M11.7 11.7l.9.9M3.4 12.6l.9-.9M11.7 4.3l.9-.9"
            }
            Icon::Moon => "M13 9.6A5.4 5.4 0 0 1 6.4 3A5.4 5.4 0 1 0 13 9.6z",
            Icon::Close => "M4 4l8 8M12 4l-8 8",
            Icon::Check => "M3.5 8.5l3 3l6-7",
            Icon::Dash => "M4.5 8h7",
            Icon::File => "M4 1.8h5l3 3v9.4H4zM9 1.8v3h3",
            Icon::Link => {
                "M6.8 9.2a2.6 2.6 0 0 0 3.7 0l2.2-2.2a2.6 2.6 0 0 0-3.7-3.7l-.8.8M9.2 6.8a2.6 2.6 0 0 0-3.7 0L3.3 9a2.6 2.6 0 0 0 3.7 3.7l.8-.8"
            }
            Icon::Camera => "M1.8 5h2.7l1.1-1.7h4.8L11.5 5h2.7v7.7H1.8zM8 6.4a2.2 2.2 0 1 0 0 4.4a2.2 2.2 0 0 0 0-4.4z",
            Icon::Play => "M5 3l8 5l-8 5z",
            Icon::Pause => "M5.5 3.5v9M10.5 3.5v9",
            Icon::Step => "M4 3l6 5l-6 5zM12.5 3v10",
            Icon::Again => "M3 8a5 5 0 1 0 1.6-3.7M3 2.6v3.2h3.2",
            Icon::Dice => "M3 3h10v10h-10zM5.9 5.9v.01M10.1 5.9v.01M8 8v.01M5.9 10.1v.01M10.1 10.1v.01",
            Icon::Copy => "M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3",
            Icon::Download => "M8 2v8M4.8 7L8 10.2L11.2 7M2.8 13.5h10.4",
        }
    }
}

#[component]
pub(crate) fn Icon(of: Icon) -> impl IntoView {
    view! {
        <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
            <path d=of.path() />
            {(of == Icon::Auto).then(|| view! { <path class="solid" d="M8 2.5a5.5 5.5 0 1 0 0 11z" /> })}
        </svg>
    }
}
