public import Foundation

/// CIFAR-100: 60 000 colour images, 32x32, of a hundred classes in twenty groups (Krizhevsky 2009, *Learning Multiple
/// Layers of Features from Tiny Images*). The labels are the fine ones.
///
/// The binary version. The page publishes an MD5 of the archive (03b5dce01913d631647c71ecec9e9cb8); the SHA-256 of the
/// archive is that of tensorflow/datasets, `tensorflow_datasets/url_checksums/cifar100.txt`, those of the files stand
/// beside it in ankane/torchvision-ruby.
public struct CIFAR100: DataSource {
  public init() {}

  public let name = "cifar-100"
  public let summary = "60 000 colour 32x32 images of a hundred kinds of things"
  public let origin =
    "A. Krizhevsky, V. Nair & G. Hinton, https://www.cs.toronto.edu/~kriz/cifar.html, no licence stated"
  public let archive: DataArchive? = DataArchive(
    name: "cifar-100-binary.tar.gz", byteCount: 168_513_733,
    digest: "58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec", folder: "cifar-100-binary")

  public var files: [DataFile] {
    [
      DataFile(
        name: "train.bin", byteCount: 153_700_000,
        contentDigest: "f31298fc616915fa142368359df1c4ca2ae984d6915ca468b998a5ec6aeebf29", allowsOtherContent: true),
      DataFile(
        name: "test.bin", byteCount: 30_740_000,
        contentDigest: "d8b1e6b7b3bee4020055f0699b111f60b1af1e262aeb93a0b659061746f8224a", allowsOtherContent: true),
    ]
  }

  public var mirrors: [URL] { [URL(string: "https://www.cs.toronto.edu/~kriz/")!] }

  /// The first label byte is the group (of 20), the second the class.
  public func load(from locator: DataLocator) throws -> Dataset {
    try locator.cifarDataset(self, labelRanges: [20, 100])
  }
}
