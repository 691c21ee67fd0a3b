public import Foundation

/// CIFAR-10: 60 000 colour images, 32x32, of ten kinds of animals and vehicles (Krizhevsky 2009, *Learning Multiple
/// Layers of Features from Tiny Images*).
///
/// The binary version. The page publishes an MD5 of the archive (c32a1d4ab5d03f1284b67883e8d87530); the SHA-256 of the
/// archive is that of tensorflow/datasets, `tensorflow_datasets/url_checksums/cifar10.txt`, those of the files stand
/// beside it in ankane/torchvision-ruby. Copies whose images went through JPEG are about; they are read, and `verify`
/// tells them from the original.
public struct CIFAR10: DataSource {
  public init() {}

  public let name = "cifar-10"
  public let summary = "60 000 colour 32x32 images of ten kinds of animals and vehicles"
  public let origin =
    "A. Krizhevsky, V. Nair & G. Hinton, https://www.cs.toronto.edu/~kriz/cifar.html, no licence stated"
  public let hasTellingNames = true
  public let archive: DataArchive? = DataArchive(
    name: "cifar-10-binary.tar.gz", byteCount: 170_052_171,
    digest: "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd", folder: "cifar-10-batches-bin")

  public var files: [DataFile] {
    [
      ("data_batch_1.bin", "cee916563c9f80d84e3cc88e17fdc0941787f1244f00a67874d45b261883ada5"),
      ("data_batch_2.bin", "a591ca11fa1708a91ee40f54b3da4784ccd871ecf2137de63f51ada8b3fa57ed"),
      ("data_batch_3.bin", "bbe8596564c0f86427f876058170b84dac6670ddf06d79402899d93ceea26f67"),
      ("data_batch_4.bin", "014e562d6e23c72197cc727519169a60359f5eccd8945ad5a09d710285ff4e48"),
      ("data_batch_5.bin", "755304fc0b379caeae8c14f0dac912fbc7d6cd469eb67a1029a08a39453a9add"),
      ("test_batch.bin", "8e2eb146ae340b09e24670f29cabc6326dba54da8789dab6768acf480273f65b"),
    ].map { DataFile(name: $0, byteCount: 30_730_000, contentDigest: $1, allowsOtherContent: true) }
  }

  public var mirrors: [URL] { [URL(string: "https://www.cs.toronto.edu/~kriz/")!] }

  public func load(from locator: DataLocator) throws -> Dataset { try locator.cifarDataset(self, labelRanges: [10]) }
}
