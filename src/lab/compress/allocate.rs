//! How much of each layer is left within a budget of bytes, operations or milliseconds, by what each layer alone costs in accuracy.

use crate::lab::LabError;
use crate::protocol::{CompressCost, CompressMethod, CompressTask, LayerAllocation, LayerSensitivity, LayerShare};

/// Takes away, step by step, what costs least accuracy for what it saves, until the budget is met: `budget` is the share of the whole
/// network's bytes, operations or milliseconds. What layers lose and save alone is taken to add up.
///
/// # Errors
/// [`LabError::Setup`] of a method that saves nothing of what is asked for, and of a budget below what the layers can save.
pub fn allocation(
    method: CompressMethod,
    curves: &[LayerSensitivity],
    cost: CompressCost,
    budget: f64,
) -> Result<LayerAllocation, LabError> {
    let saves_time = matches!(method, CompressMethod::LowRank | CompressMethod::Channels);
    ensure!(
        saves_time || cost == CompressCost::Bytes,
        "zeros in no order, shared values and integers are multiplied like other numbers, so they save bytes alone; allocate bytes, or choose low rank or channels"
    );
    let whole = curves.first().ok_or_else(|| bad_setup!("no layer was measured; measure the layers first"))?.whole;
    ensure!(CompressTask::BUDGET.holds(budget), "a budget of {budget} is no share; choose 0.01 to 1");
    let place = cost as usize;
    let of = whole[place].max(f64::MIN_POSITIVE);
    // Of each layer and point: the share of the whole that it saves, and the accuracy that it costs.
    let best = |curve: &LayerSensitivity| curve.points.first().map_or(0.0, |point| point[1]);
    let steps: Vec<Vec<[f64; 2]>> = curves
        .iter()
        .map(|curve| {
            let both = curve.points.iter().zip(&curve.costs);
            both.map(|(point, costs)| [(whole[place] - costs[place]) / of, (best(curve) - point[1]).max(0.0)]).collect()
        })
        .collect();
    let mut at = vec![0; steps.len()];
    let total = |at: &[usize]| {
        1.0 - steps.iter().zip(at).filter_map(|(steps, &at)| steps.get(at)).map(|step| step[0]).sum::<f64>()
    };
    while total(&at) > budget {
        let moves = steps.iter().enumerate().flat_map(|(layer, steps)| {
            let here = at[layer];
            let from = steps.get(here).copied().unwrap_or_default();
            steps.iter().enumerate().skip(here + 1).filter(move |(_, step)| step[0] > from[0]).map(move |(to, step)| {
                let saved = step[0] - from[0];
                ((step[1] - from[1]).max(0.0) / saved, -saved, layer, to)
            })
        });
        let least = moves.min_by(|one, other| one.0.total_cmp(&other.0).then(one.1.total_cmp(&other.1)));
        let Some((.., layer, to)) = least else {
            return Err(bad_setup!(
                "with the least of each layer the network still needs {:.1} %, more than the {:.1} % of the budget",
                100.0 * total(&at),
                100.0 * budget
            ));
        };
        at[layer] = to;
    }
    let share = |(curve, &at): (&LayerSensitivity, &usize)| {
        let share = curve.points.get(at).map_or(1.0, |point| point[0]);
        LayerShare { name: curve.name.clone(), share }
    };
    Ok(LayerAllocation {
        layers: curves.iter().zip(&at).map(share).collect(),
        left: total(&at),
        lost: steps.iter().zip(&at).filter_map(|(steps, &at)| steps.get(at)).map(|step| step[1]).sum(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn curve(name: &str, points: &[[f64; 2]], bytes: &[f64]) -> LayerSensitivity {
        let costs = bytes.iter().map(|&bytes| [bytes, bytes, bytes]).collect();
        LayerSensitivity { name: name.to_owned(), points: points.to_vec(), costs, whole: [100.0; 3] }
    }

    #[test]
    fn what_costs_least_for_what_it_saves_goes_first() {
        // Of 100 bytes the first layer saves 30 and 40 for much, the second 20 and 35 for little.
        let curves = [
            curve("a", &[[1.0, 0.9], [0.5, 0.7], [0.1, 0.2]], &[100.0, 70.0, 60.0]),
            curve("b", &[[1.0, 0.9], [0.5, 0.89], [0.1, 0.8]], &[100.0, 80.0, 65.0]),
        ];
        let shares = |budget: f64| {
            let found = allocation(CompressMethod::Prune, &curves, CompressCost::Bytes, budget);
            found
                .map(|found| (found.layers.iter().map(|layer| layer.share).collect::<Vec<_>>(), found.left, found.lost))
        };
        assert_eq!(shares(1.0).unwrap().0, [1.0, 1.0]);
        let (found, left, lost) = shares(0.8).unwrap();
        assert_eq!(found, [1.0, 0.5]);
        assert!((left - 0.8).abs() < 1e-9 && (lost - 0.01).abs() < 1e-9);
        assert_eq!(shares(0.7).unwrap().0, [1.0, 0.1]);
        assert_eq!(shares(0.4).unwrap().0, [0.5, 0.1]);
        assert!(shares(0.2).unwrap_err().to_string().contains("still needs 25.0 %"));
        let time = allocation(CompressMethod::Int8, &curves, CompressCost::Millis, 0.5);
        assert!(time.unwrap_err().to_string().contains("bytes alone"));
    }
}
