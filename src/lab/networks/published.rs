//! What was published of the networks: parameters, and how often they are right.

use crate::protocol::PublishedFigures;

const TORCHVISION: &str = "torchvision";
const EXACT: u64 = 1;

/// The network, its parameters and the unit that they were rounded to (no parameters: none were published), the percentage of the
/// validation pictures of ImageNet (of CIFAR-10's test pictures where the network knows those) that it names at once from the
/// middle of the picture, and who says so.
const PUBLISHED: &[(&str, [u64; 2], f32, &str)] = &[
    ("squeezenet1_1", [1_235_496, EXACT], 58.178, TORCHVISION),
    ("squeezenet1_0", [1_248_424, EXACT], 58.092, TORCHVISION),
    ("resnet18", [11_689_512, EXACT], 69.758, TORCHVISION),
    ("mobilenet_v1_075", [2_600_000, 100_000], 68.4, "Howard et al. 2017"),
    ("mobilenet_v1_100", [4_200_000, 100_000], 70.6, "Howard et al. 2017"),
    ("mobilenet_v2", [3_504_872, EXACT], 71.878, TORCHVISION),
    ("mobilenet_v2_tf", [3_400_000, 300_000], 72.0, "Sandler et al. 2018"),
    ("mobilenet_v3_small", [2_542_856, EXACT], 67.668, TORCHVISION),
    ("mobilenet_v3_large", [5_483_032, EXACT], 74.042, TORCHVISION),
    ("alexnet", [61_100_840, EXACT], 56.522, TORCHVISION),
    ("bvlcalexnet", [60_000_000, 10_000_000], 57.1, "Caffe"),
    ("zfnet", [0, 0], 61.6, "Zeiler & Fergus 2014"),
    ("vgg11", [132_863_336, EXACT], 69.020, TORCHVISION),
    ("vgg13", [133_047_848, EXACT], 69.928, TORCHVISION),
    ("vgg16", [138_357_544, EXACT], 71.592, TORCHVISION),
    ("vgg19", [143_667_240, EXACT], 72.376, TORCHVISION),
    ("vgg11_bn", [132_868_840, EXACT], 70.370, TORCHVISION),
    ("vgg13_bn", [133_053_736, EXACT], 71.586, TORCHVISION),
    ("vgg16_bn", [138_365_992, EXACT], 73.360, TORCHVISION),
    ("vgg19_bn", [143_678_248, EXACT], 74.218, TORCHVISION),
    ("googlenet", [6_624_904, EXACT], 69.778, TORCHVISION),
    ("resnet34", [21_797_672, EXACT], 73.314, TORCHVISION),
    ("resnet50", [25_557_032, EXACT], 76.130, TORCHVISION),
    ("resnet101", [44_549_160, EXACT], 77.374, TORCHVISION),
    ("resnet152", [60_192_808, EXACT], 78.312, TORCHVISION),
    ("resnet152_v1", [0, 0], 77.0, "He et al. 2015"),
    ("densenet121", [7_978_856, EXACT], 74.434, TORCHVISION),
    ("efficientnet_b0", [5_288_548, EXACT], 77.692, TORCHVISION),
    ("shufflenet_v2_x1_0", [2_278_604, EXACT], 69.362, TORCHVISION),
    ("convnext_tiny", [28_589_128, EXACT], 82.520, TORCHVISION),
    ("vit_tiny_16", [5_700_000, 100_000], 75.5, "timm"),
    ("vit_b_16", [86_567_656, EXACT], 81.072, TORCHVISION),
    ("tiny_darknet", [0, 0], 58.7, "Redmon 2016"),
    ("cifar10_resnet20", [270_000, 10_000], 91.25, "He et al. 2015"),
    ("cifar10_resnet44", [660_000, 10_000], 92.83, "He et al. 2015"),
    ("cifar10_resnet56", [850_000, 10_000], 93.03, "He et al. 2015"),
];

pub(super) fn published(network: &str) -> Option<PublishedFigures> {
    let &(_, params, top1, by) = PUBLISHED.iter().find(|row| row.0 == network)?;
    let params = (params[1] > 0).then_some(params);
    Some(PublishedFigures { params, top1, by: by.to_owned() })
}
