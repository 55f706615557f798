//! The neocognitron: what it recognises, what it says of a picture, and what it refuses.

use crate::host::TestHost;
use neocog::lab::{LabError, Perform};
use neocog::protocol::{
    Brain, BrainAnswer, CellLayer, Deformation, NeocognitronData, NeocognitronPicture, NeocognitronReport,
    NeocognitronRun, ToleranceModel, ToleranceReport, ToleranceRun,
};
use pollster::block_on;

type Session = <Brain as Perform<TestHost>>::Kept;

fn grown(run: NeocognitronRun, session: &Session, host: &TestHost) -> NeocognitronReport {
    match block_on(Brain::Grow(run).perform(session, host, &|_| {})) {
        Ok(BrainAnswer::Grown(report)) => *report,
        other => panic!("{other:?}"),
    }
}

fn share(report: &ToleranceReport, by: Deformation, value: f64, model: ToleranceModel) -> f64 {
    let at = ToleranceModel::ALL.iter().position(|known| *known == model).unwrap();
    let row = report.rows.iter().find(|row| row.by == by && row.value == value).unwrap();
    f64::from(row.right[at]) / f64::from(report.pictures)
}

#[test]
fn shifted_digits_are_recognised_where_connected_units_fail() {
    let (session, host) = (Session::default(), TestHost::without_gpu());
    let report = grown(NeocognitronRun::default(), &session, &host);
    println!("{} of {} held-out digits, planes {:?}", report.right, report.held, report.progress.planes);
    assert!(f64::from(report.right) >= 0.8 * f64::from(report.held));
    assert_eq!(report.progress.planes[2] as usize, report.progress.classes.len());
    let job = ToleranceRun { pictures: 100, epochs: 20, ..ToleranceRun::default() };
    let Ok(BrainAnswer::Tolerated(found)) = block_on(Brain::Tolerance(job).perform(&session, &host, &|_| {})) else {
        panic!("no tolerance")
    };
    println!("{:>20} weights", format!("{:?}", found.weights));
    for row in &found.rows {
        println!("{:?} {}: {:?}", row.by, row.value, row.right);
    }
    // A deformation by nothing is none.
    for by in Deformation::ALL {
        let none = found.rows.iter().find(|row| row.by == by && row.value == by.values()[0]).unwrap();
        assert_eq!(none.right, found.rows[0].right, "{by:?}");
    }
    let [own, dense] = [ToleranceModel::Neocognitron, ToleranceModel::Dense]
        .map(|model| share(&found, Deformation::Shift, 2.0, model));
    assert!(own >= 0.7 && own >= dense + 0.15, "shifted by 2: {own} and {dense}");
    let [own, dense] = [ToleranceModel::Neocognitron, ToleranceModel::Dense]
        .map(|model| share(&found, Deformation::Shift, 3.0, model));
    assert!(own >= dense + 0.25, "shifted by 3: {own} and {dense}");
}

#[test]
fn every_layer_is_told_with_the_way_to_the_answer() {
    let (session, host) = (Session::default(), TestHost::without_gpu());
    let report = grown(NeocognitronRun { examples: 60, planes: 20, ..NeocognitronRun::default() }, &session, &host);
    let pixels = report.shown[0].0.clone();
    let Ok(BrainAnswer::Viewed(view)) =
        block_on(Brain::View(NeocognitronPicture { pixels }).perform(&session, &host, &|_| {}))
    else {
        panic!("no view")
    };
    let sizes: Vec<_> = view.layers.iter().map(|sheet| (sheet.layer, sheet.planes, sheet.side)).collect();
    let [s1, s2, s3] = report.progress.planes;
    let expected = [
        (CellLayer::Contrast, 2, 28),
        (CellLayer::S1, s1, 28),
        (CellLayer::C1, s1, 14),
        (CellLayer::S2, s2, 14),
        (CellLayer::C2, s2, 7),
        (CellLayer::S3, s3, 7),
    ];
    assert_eq!(sizes, expected);
    assert!(s2 <= 20);
    let best = view.answers.iter().copied().fold(0.0, f32::max);
    assert_eq!(view.answers[view.class.unwrap() as usize], best);
    for (sheet, winners) in view.layers.iter().zip(&view.winners) {
        assert_eq!(sheet.values.len() as u32, sheet.planes * sheet.side * sheet.side);
        assert!(!winners.is_empty(), "{:?}", sheet.layer);
        for cell in winners {
            let at = (cell.plane * sheet.side + cell.row as u32) * sheet.side + cell.column as u32;
            assert!(sheet.values[at as usize] > 0 || cell.share < 0.02, "{cell:?} of {:?} is silent", sheet.layer);
        }
    }
    // The same seed grows the same.
    let again = grown(NeocognitronRun { examples: 60, planes: 20, ..NeocognitronRun::default() }, &session, &host);
    assert_eq!((again.right, &again.progress.drawings), (report.right, &report.progress.drawings));
}

#[test]
fn bad_questions_to_it_get_one_sentence() {
    let usual = NeocognitronRun::default;
    let blank = |count: usize| NeocognitronPicture { pixels: vec![0; count].into() };
    TestHost::without_gpu().refuses([
        (Brain::Grow(NeocognitronRun { examples: 3, ..usual() }), "pictures: 3 is not possible; choose 20 to 5000"),
        (Brain::Grow(NeocognitronRun { planes: 500, ..usual() }), "planes: 500 is not possible"),
        (Brain::Grow(NeocognitronRun { growth: 1.0, ..usual() }), "the threshold of growth: 1 is not possible"),
        (Brain::Grow(NeocognitronRun { classes: 0.0, ..usual() }), "the threshold of the last stage: 0 is not"),
        (Brain::Grow(NeocognitronRun { data: NeocognitronData::Own, ..usual() }), "no examples were brought"),
        (Brain::View(blank(9)), "no neocognitron has grown yet"),
        (Brain::Tolerance(ToleranceRun::default()), "no neocognitron has grown yet"),
    ]);
    let (session, host) = (Session::default(), TestHost::without_gpu());
    grown(NeocognitronRun { examples: 20, ..usual() }, &session, &host);
    let said = block_on(Brain::View(blank(9)).perform(&session, &host, &|_| {})).unwrap_err().to_string();
    assert!(said.contains("9 pixels") && said.contains("28 × 28"), "{said}");
}

#[test]
fn growth_can_be_cancelled() {
    let found = TestHost::impatient(40).answer(Brain::Grow(NeocognitronRun::default()));
    assert!(matches!(found, Err(LabError::Cancelled)), "{found:?}");
}
