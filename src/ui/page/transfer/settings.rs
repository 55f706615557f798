//! What the page is set to: the layer, the classifier and its constants.

use crate::protocol::{ClassifierKind, ExperimentId, FineTune, Interval, TransferTask};
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
        Field::<Self>::whole("blocks", words!(transfer.blocks), FineTune::BLOCKS, |s| &mut s.tune.blocks)
            .hint(words!(transfer.blocks_hint))
            .brief(),
        Field::<Self>::real("rate", words!(transfer.rate), FineTune::RATE, |s| &mut s.tune.rate).brief(),
        Field::<Self>::real("lower", words!(transfer.lower), FineTune::LOWER, |s| &mut s.tune.lower)
            .hint(words!(transfer.lower_hint))
            .brief(),
        Field::<Self>::whole("epochs", words!(transfer.epochs), FineTune::EPOCHS, |s| &mut s.tune.epochs).brief(),
        Field::<Self>::whole("patience", words!(transfer.patience), FineTune::PATIENCE, |s| &mut s.tune.patience)
            .hint(words!(transfer.patience_hint))
            .brief(),
        Field::<Self>::whole("batch", words!(transfer.batch), FineTune::BATCH, |s| &mut s.tune.batch).brief(),
        Field::<Self>::whole("shift", words!(transfer.shift), FineTune::SHIFT, |s| &mut s.tune.augment.shift).brief(),
        switch!("flip", words!(transfer.flip), tune.augment.flip).brief(),
        switch!("frozen", words!(transfer.frozen), tune.frozen_statistics).brief(),
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
