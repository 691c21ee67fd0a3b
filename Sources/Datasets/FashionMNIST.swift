public import Foundation

/// Fashion-MNIST: 70 000 grey images, 28x28, of ten kinds of clothing (Xiao, Rasul & Vollgraf 2017, arXiv:1708.07747).
///
/// The digests are of the plain content: those of Debian's package `dataset-fashion-mnist`, whose files hold the very
/// deflate streams of the publisher's (with the publisher's gzip header put back, all four have the MD5 sums of
/// https://github.com/zalandoresearch/fashion-mnist#get-the-data).
public struct FashionMNIST: DataSource {
  public init() {}

  public let name = "fashion-mnist"
  public let summary = "70 000 grey 28x28 images of ten kinds of clothing"
  public let origin = "Zalando SE, https://github.com/zalandoresearch/fashion-mnist, MIT licence"
  public let debianPackage: String? = "dataset-fashion-mnist"

  public var files: [DataFile] {
    [
      DataFile(
        name: "train-images-idx3-ubyte", byteCount: 47_040_016,
        contentDigest: "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888"),
      DataFile(
        name: "train-labels-idx1-ubyte", byteCount: 60_008,
        contentDigest: "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9"),
      DataFile(
        name: "t10k-images-idx3-ubyte", byteCount: 7_840_016,
        contentDigest: "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b"),
      DataFile(
        name: "t10k-labels-idx1-ubyte", byteCount: 10_008,
        contentDigest: "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34"),
    ]
  }

  public var mirrors: [URL] {
    [
      "https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion/",
      "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
    ].map { URL(string: $0)! }
  }

  public func load(from locator: DataLocator) throws -> Dataset { try locator.idxDataset(self, classCount: 10) }
}
