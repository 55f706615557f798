//! Answers among outcomes, and what things are called.

use crate::protocol::{Attacked, Finding, FoolFact, Fooled, InventNews, Method, Prediction, StrengthLine, TransferRow};
use crate::ui::lang::{self, Locale};

pub(super) fn attacked(found: Fooled) -> Option<Attacked> {
    if let Fooled::Attacked(found) = found { Some(*found) } else { None }
}

pub(super) fn measured(found: Fooled) -> Option<Vec<StrengthLine>> {
    if let Fooled::Measured(found) = found { Some(found) } else { None }
}

pub(super) fn transferred(found: Fooled) -> Option<Vec<TransferRow>> {
    if let Fooled::Transferred(found) = found { Some(found) } else { None }
}

pub(super) fn invented(found: Fooled) -> Option<InventNews> {
    if let Fooled::Invented(found) = found { Some(found) } else { None }
}

pub(super) fn checked(found: Fooled) -> Option<Vec<Finding<FoolFact>>> {
    if let Fooled::Checked(found) = found { Some(found) } else { None }
}

/// Authors and year.
pub(super) fn method_source(method: Method) -> &'static str {
    match method {
        Method::Fgsm => "Goodfellow, Shlens & Szegedy 2015",
        Method::Bim => "Kurakin, Goodfellow & Bengio 2017",
        Method::PgdLinf | Method::PgdL2 => "Madry, Makelov, Schmidt, Tsipras & Vladu 2018",
        Method::Deepfool => "Moosavi-Dezfooli, Fawzi & Frossard 2016",
        Method::Lbfgs => "Szegedy et al. 2014",
    }
}

pub(super) fn colour_of(method: Method) -> &'static str {
    match method {
        Method::Fgsm => "run-3",
        Method::Bim => "run-2",
        Method::PgdLinf => "run-0",
        Method::PgdL2 => "run-1",
        Method::Deepfool => "run-4",
        Method::Lbfgs => "run-5",
    }
}

pub(super) fn label_of(prediction: &Prediction) -> &str {
    match lang::spoken() {
        Locale::en => &prediction.label,
        Locale::ja => &prediction.label_ja,
    }
}
