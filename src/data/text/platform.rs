//! What the browser has of itself and the native command takes from crates: the WHATWG's legacy encodings, and Unicode's composed form.

#[cfg(not(target_arch = "wasm32"))]
mod native {
    use unicode_normalization::UnicodeNormalization;

    pub(in crate::data::text) fn nfc(text: &str) -> String {
        text.nfc().collect()
    }

    pub(in crate::data::text) fn decode(label: &str, bytes: &[u8]) -> Option<String> {
        let encoding = encoding_rs::Encoding::for_label(label.as_bytes())?;
        encoding.decode_without_bom_handling_and_without_replacement(bytes).map(|text| text.into_owned())
    }
}

#[cfg(target_arch = "wasm32")]
mod browser {
    use js_sys::{JsString, Object, Reflect};
    use wasm_bindgen::JsValue;
    use wasm_bindgen::prelude::wasm_bindgen;

    #[wasm_bindgen]
    extern "C" {
        type TextDecoder;
        #[wasm_bindgen(constructor, catch)]
        fn new(label: &str, options: &JsValue) -> Result<TextDecoder, JsValue>;
        #[wasm_bindgen(method, catch)]
        fn decode(this: &TextDecoder, bytes: &[u8]) -> Result<String, JsValue>;
    }

    pub(in crate::data::text) fn nfc(text: &str) -> String {
        JsString::from(text).normalize("NFC").into()
    }

    pub(in crate::data::text) fn decode(label: &str, bytes: &[u8]) -> Option<String> {
        let options = Object::new();
        Reflect::set(&options, &"fatal".into(), &true.into()).ok()?;
        TextDecoder::new(label, &options).ok()?.decode(bytes).ok()
    }
}

#[cfg(target_arch = "wasm32")]
pub(super) use browser::{decode, nfc};
#[cfg(not(target_arch = "wasm32"))]
pub(super) use native::{decode, nfc};
