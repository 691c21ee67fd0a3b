public import Foundation

/// MNIST: 70 000 grey images, 28x28, of handwritten digits (LeCun, Bottou, Bengio & Haffner 1998).
///
/// Archive digests are those of tensorflow/datasets, `tensorflow_datasets/url_checksums/mnist.txt`. Content digests are
/// the ones that independent public repositories pin beside them for the same files inflated; either makes a file
/// correct.
public struct MNIST: DataSource {
  public init() {}

  public let name = "mnist"
  public let summary = "70 000 grey 28x28 images of handwritten digits"
  public let origin =
    "Y. LeCun, C. Cortes & C. J. C. Burges, http://yann.lecun.com/exdb/mnist/, made from NIST databases 1 and 3"

  public var files: [DataFile] {
    [
      DataFile(
        name: "train-images-idx3-ubyte", byteCount: 47_040_016,
        contentDigest: "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
        archiveDigest: "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"),
      DataFile(
        name: "train-labels-idx1-ubyte", byteCount: 60_008,
        contentDigest: "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
        archiveDigest: "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"),
      DataFile(
        name: "t10k-images-idx3-ubyte", byteCount: 7_840_016,
        contentDigest: "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
        archiveDigest: "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"),
      DataFile(
        name: "t10k-labels-idx1-ubyte", byteCount: 10_008,
        contentDigest: "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
        archiveDigest: "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"),
    ]
  }

  public var mirrors: [URL] {
    ["https://storage.googleapis.com/cvdf-datasets/mnist/", "https://ossci-datasets.s3.amazonaws.com/mnist/"]
      .map { URL(string: $0)! }
  }

  public func load(from locator: DataLocator) throws -> Dataset { try locator.idxDataset(self, classCount: 10) }
}
