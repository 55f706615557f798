//! What the page is set to: the layer, the classifier and its constants.

use crate::protocol::{ClassifierKind, ExperimentId, Interval, TransferTask};
use crate::ui::{Field, PageId, PageSettings};

impl PageSettings for TransferTask {
    const PAGE: PageId = PageId::Experiment(ExperimentId::Transfer);
    const FIELDS: &'static [Field<Self>] = &[
        Field::text("layer", |s| s.layer.clone(), |s, text| s.layer = Some(text.to_owned()).filter(|t| !t.is_empty())),
        choice!(ClassifierKind, "classifier", words!(transfer.classifier), classifier).in_sight(),
        Field::<Self>::real("c", words!(transfer.c), TransferTask::C, |s| &mut s.c)
            .hint(words!(transfer.c_hint))
            .when(|s| matches!(s.classifier, ClassifierKind::Svm | ClassifierKind::Logistic)),
        Field::<Self>::whole("neighbours", words!(transfer.neighbours), TransferTask::NEIGHBOURS, |s| {
            &mut s.neighbours
        })
        .when(|s| s.classifier == ClassifierKind::Neighbours),
        Field::whole("seed", words!(transfer.seed), Interval::SEED, |s| &mut s.seed),
    ];
}

choices! {
    ClassifierKind {
        Svm = ("svm", words!(transfer.svm)),
        Logistic = ("logistic", words!(transfer.logistic)),
        Mean = ("mean", words!(transfer.mean)),
        Neighbours = ("knn", words!(transfer.knn)),
    }
}
