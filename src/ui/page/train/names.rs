//! What data sets, rules and parts are called, in the person's language.

use crate::protocol::{Loss, Part, Rule};

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

/// Names of methods are the same in every language.
pub(in crate::ui::page) fn rule_name(rule: Rule) -> &'static str {
    match rule {
        Rule::Sgd => "SGD",
        Rule::Momentum => "Momentum",
        Rule::Nesterov => "Nesterov",
        Rule::Adagrad => "AdaGrad",
        Rule::Rmsprop => "RMSProp",
        Rule::Adam => "Adam",
        Rule::Adamw => "AdamW",
    }
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

pub(super) fn loss_name(loss: Loss) -> &'static str {
    match loss {
        Loss::CrossEntropy => say!(train.loss_cross_entropy),
        Loss::SquaredError => say!(train.loss_squared_error),
        Loss::BinaryCrossEntropy => say!(train.loss_binary_cross_entropy),
    }
}

pub(super) fn part_name(part: Part) -> &'static str {
    match part {
        Part::Train => say!(train.part_train),
        Part::Validation => say!(train.part_validation),
        Part::Test => say!(train.part_test),
    }
}
