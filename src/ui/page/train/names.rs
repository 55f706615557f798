//! What data sets and parts are called, and what rules do, in the person's language.

use crate::protocol::{Part, Rule};

/// A set that the person brought is called what its files are called.
pub(in crate::ui::page) fn data_name(set: &str) -> String {
    match set {
        "digits" => say!(train.set_digits),
        "shapes" => say!(train.set_shapes),
        "spirals" => say!(train.set_spirals),
        "spirals3" => say!(train.set_spirals3),
        "circles" => say!(train.set_circles),
        "xor" => say!(train.set_xor),
        "gaussians" => say!(train.set_gaussians),
        other => other,
    }
    .to_owned()
}

/// What a rule does, and whose it is.
pub(super) fn rule_about(rule: Rule) -> &'static str {
    match rule {
        Rule::Sgd => say!(train.about_sgd),
        Rule::Momentum => say!(train.about_momentum),
        Rule::Nesterov => say!(train.about_nesterov),
        Rule::Adagrad => say!(train.about_adagrad),
        Rule::Rmsprop => say!(train.about_rmsprop),
        Rule::Adam => say!(train.about_adam),
        Rule::Adamw => say!(train.about_adamw),
    }
}

choices! {
    Part {
        Train = ("train", words!(train.part_train)),
        Validation = ("validation", words!(train.part_validation)),
        Test = ("test", words!(train.part_test)),
    }
}
