//! What crosses the worker's edge: packed, sealed, described, printed.

use neocog::lab::describe_network;
use neocog::protocol::{
    AddData, AddPicture, BackendKind, Bound, Caption, DataFile, DeviceTimes, ExperimentJob, Job, LayerTimes, Limits,
    PictureSource, Pixels, Request, Response, SayCaption, StepClock, Timed, Train, Trouble, Update, Work, pack,
    trouble, unpack,
};
use serde_bytes::ByteBuf;
use serde_json::json;

#[test]
fn it_opens_to_what_was_sealed() {
    let files = vec![DataFile { name: "点".to_owned(), bytes: ByteBuf::from(vec![5; 9]) }];
    let data = Train::AddData(AddData { files, side: Some(3) });
    let job = Job::Experiment(ExperimentJob::new(data.clone()));
    let mut there: Job = unpack(&pack(&job).unwrap()).unwrap();
    assert_eq!((&there, there.clone().bodies_mut().len()), (&job, 1));
    assert_eq!(there.bodies_mut()[0].len(), 9);
    let Job::Experiment(sealed) = there else { panic!("another job") };
    assert_eq!(sealed.content.open::<Train>().unwrap(), data);
}

#[test]
fn pictures_get_other_numbers_on_the_way() {
    let job = SayCaption { picture: 4, ..SayCaption::default() };
    let job_of = |picture| Job::Experiment(ExperimentJob::new(Caption::SayOf(SayCaption { picture, ..job })));
    let mut there = job_of(4);
    let pictures = there.pictures_mut();
    assert_eq!(pictures.iter().map(|picture| **picture).collect::<Vec<_>>(), [4]);
    pictures.into_iter().for_each(|picture| *picture = 70);
    let Job::Experiment(sealed) = there else { panic!("another job") };
    assert_eq!(sealed.content.open::<Caption>().unwrap(), Caption::SayOf(SayCaption { picture: 70, ..job }));
}

#[test]
fn what_is_packed_comes_back() {
    let rgba = ByteBuf::from(vec![1, 2, 3, 4]);
    let source = PictureSource::Pixels(Pixels { width: 1, height: 1, rgba });
    let request = Request { id: 300, job: Job::AddPicture(AddPicture { name: "点".to_owned(), source }) };
    assert_eq!(unpack(&pack(&request).unwrap()), Ok(request));
    let trouble = trouble::Http { url: "https://example.org".to_owned(), status: 404 }.into();
    let response = Response { id: 7, update: Update::Failed(trouble) };
    let packed = pack(&response).unwrap();
    assert_eq!(unpack(&packed), Ok(response));
    assert!(unpack::<Response>(&packed[..3]).is_err());
}

#[test]
fn a_failure_is_spelt_for_scripts_with_its_figures_by_name() {
    let spelt = |trouble: Trouble| serde_json::to_value(trouble).unwrap();
    let (expected, found) = (vec![10, 64], vec![10, 32]);
    let [file, network, tensor] = ["{tensor}.bin", "net", "w"].map(str::to_owned);
    let trouble = Trouble::from(trouble::WrongShape { file, network, tensor, expected, found });
    // What stands in braces in a figure is no place of a figure.
    assert!(trouble.to_string().starts_with("{tensor}.bin: tensor w has shape [10, 32]"), "{trouble}");
    assert_eq!(unpack(&pack(&trouble).unwrap()), Ok(trouble.clone()));
    let figures =
        json!({ "file": "{tensor}.bin", "network": "net", "tensor": "w", "expected": [10, 64], "found": [10, 32] });
    assert_eq!(spelt(trouble), json!({ "wrong_shape": figures }));
    assert_eq!(spelt(trouble::NoRun {}.into()), json!("no_run"));
    // A failure of another version of the program, and one without its figures.
    assert!(unpack::<Trouble>(&[250, 0]).is_err() && unpack::<Trouble>(&[0, 0]).is_err());
}

#[test]
fn bodies_are_where_the_bytes_are() {
    let run = Train::ImportRun(DataFile { name: "run".to_owned(), bytes: ByteBuf::from(vec![5; 9]) });
    let mut job = Job::Experiment(ExperimentJob::new(run));
    assert_eq!(job.bodies_mut().iter().map(|body| body.len()).collect::<Vec<_>>(), [9]);
    assert!(Job::Held.bodies_mut().is_empty());
}

#[test]
fn columns_stand_under_each_other() {
    let limits = Limits { flops_per_second: 1e11, bytes_per_second: 1e10, dispatch_seconds: 1e-6 };
    let work = Work { flops: 1_000_000_000, bytes: 1_000_000, dispatches: 1 };
    let row = limits.row("kernels/matmul".to_owned(), 20.0, work);
    assert_eq!((row.gflops, row.bound), (50.0, Bound::Compute));
    assert!((row.share - 0.5).abs() < 1e-12);
    let layers = LayerTimes {
        network: "net".to_owned(),
        clock: StepClock::Outside,
        whole_millis: 20.0,
        layers: vec![row.clone()],
    };
    assert!(layers.holds());
    let device = DeviceTimes {
        kind: BackendKind::Cpu,
        name: "2 threads".to_owned(),
        software: false,
        limits,
        rows: vec![row],
        refused: Vec::new(),
        layers: Some(layers),
    };
    let text = Timed { devices: vec![device] }.markdown();
    assert!(text.contains("F 100.0 GFLOP/s, B 10.00 GB/s, t 1.000 µs"), "{text}");
    assert!(text.contains("| kernels/matmul | 20.00 |   50.00 |   50.0 % |        F |"), "{text}");
    let widths: Vec<usize> =
        text.lines().filter(|line| line.starts_with('|')).take(3).map(|line| line.chars().count()).collect();
    assert_eq!(widths, [widths[0]; 3]);
}

#[test]
fn a_report_has_figures_and_places() {
    let describe = |text| describe_network(text, [1, 28, 28], 10, 32);
    let good = describe("# a comment\nconv 8 3 pad 1\nrelu\nlinear classes");
    let lines: Vec<_> = good.layers.iter().map(|layer| (layer.line, layer.name.as_str())).collect();
    assert_eq!((good.errors.len(), lines), (0, vec![(1, "0"), (2, ""), (3, "2")]));
    assert_eq!((good.params, good.macs), (80 + 62_730, 8 * 9 * 784 + 62_720));
    assert_eq!(good.activation_bytes, (2 * 8 * 784 + 10) * 4 * 32);
    assert_eq!(good.layers[0].shape, [8, 28, 28]);
    let bad = describe("relu\n  conv 8 99");
    assert_eq!((bad.errors[0].line, bad.errors[0].start, bad.errors[0].end), (1, 2, 11));
    assert!(bad.errors[0].message.starts_with("conv 8 99: the kernel 99×99 is larger than the input 28×28"));
    assert_eq!(bad.layers.len(), 1);
}
