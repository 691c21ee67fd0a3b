package import Basics
package import Datasets

/// The samples of a data set of images, by class, as bytes.
package struct SpriteSource {
  package struct Part {
    /// [sample][channel][row][column].
    package let pixels: [UInt8]
    /// By class.
    package let members: [[Int]]
  }

  package let shape: FeatureShape
  package let classNames: [String]
  package let name, source: String
  package let train, test: Part

  /// - Throws: `Problem.usage` where samples are no images, or a class has none in a part.
  package init(_ dataset: Dataset) throws {
    shape = dataset.inputShape
    guard shape.height >= 4, shape.width >= 4, [1, 3].contains(shape.channels) else {
      throw Problem.usage(
        "Samples of \(dataset.name) are no images: \(shape).",
        remedy: "Sprites are made of images of 1 or 3 channels and 4 x 4 pixels or more: sprites:fashion-mnist.")
    }
    (name, source) = (dataset.name, dataset.source)
    classNames = (0..<dataset.classCount).map {
      dataset.classNames.indices.contains($0) ? dataset.classNames[$0] : "\($0)"
    }
    train = try Self.part(dataset.train, "training", dataset)
    test = try Self.part(dataset.test, "test", dataset)
  }

  private static func part(_ split: Split, _ what: String, _ dataset: Dataset) throws -> Part {
    let members = (0..<dataset.classCount).map { label in split.labels.indices.filter { split.labels[$0] == label } }
    if let empty = members.firstIndex(where: \.isEmpty) {
      throw Problem.usage(
        "\(dataset.name) has no \(what) samples of class \(empty), so there are no sprites of it.",
        remedy: "Take a data set that has samples of every class in both parts.")
    }
    return Part(pixels: bytes(split.pixels, scale: dataset.pixelScale), members: members)
  }

  /// Values from 0 to 1 as 0 to 255; what lies outside is cut.
  private static func bytes(_ pixels: Pixels, scale: Float) -> [UInt8] {
    func byte(_ value: Float) -> UInt8 { UInt8(max(0, min(255, (value * scale * 255).rounded()))) }
    switch pixels {
    case .bytes(let values):
      let table = (0...255).map { byte(Float($0)) }
      return values.map { table[Int($0)] }
    case .floats(let values): return values.map(byte)
    }
  }
}
