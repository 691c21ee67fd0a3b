import Basics
import Datasets
import Foundation
import Testing

/// The committed files that numpy made.
enum Golden {
  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("Golden/arrays")

  static func path(_ name: String) -> String { folder.appendingPathComponent(name).path }
  static func bytes(_ name: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: folder.appendingPathComponent(name)))
  }

  static func expected() throws -> Expected {
    try JSONDecoder().decode(Expected.self, from: Data(contentsOf: folder.appendingPathComponent("expected.json")))
  }

  struct Moments: Decodable {
    var mean: [Float]
    var deviation: [Float]
  }

  struct DigitsFacts: Decodable {
    var trainSum: Int
    var testSum: Int
    var trainClasses: [Int]
    var testClasses: [Int]
    var lastSample: [UInt8]
  }

  struct Expected: Decodable {
    var halves: [Float]
    var colour: [UInt8]
    var grey: [UInt8]
    var normalisation: [String: Moments]
    var digits: DigitsFacts
    var order: [Int32]
    var validation: [Int32]
  }
}

/// A folder that vanishes with the test.
final class Scratch: Sendable {
  let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory.appendingPathComponent("tombola-datasets-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  var path: String { url.path }

  @discardableResult
  func write(_ name: String, _ bytes: [UInt8]) throws -> String {
    let file = url.appendingPathComponent(name)
    try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(bytes).write(to: file)
    return file.path
  }

  @discardableResult
  func write(_ name: String, _ text: String) throws -> String { try write(name, Array(text.utf8)) }
}

/// Builds IDX files.
enum IDX {
  static func bytes(type: UInt8 = 8, _ shape: [Int], _ content: [UInt8]) -> [UInt8] {
    [0, 0, type, UInt8(shape.count)] + shape.flatMap { bigEndian(UInt32($0)) } + content
  }

  static func bigEndian<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
    withUnsafeBytes(of: number.bigEndian) { Array($0) }
  }

  /// Two training and two test samples of 2x2 pixels, with any of the four files replaced.
  static func folder(
    images: [UInt8]? = nil, labels: [UInt8]? = nil, testImages: [UInt8]? = nil, testLabels: [UInt8]? = nil
  ) throws -> Scratch {
    let scratch = try Scratch(), pixels: [UInt8] = [0, 255, 1, 2, 3, 4, 5, 6]
    try scratch.write("train-images-idx3-ubyte", images ?? bytes([2, 2, 2], pixels))
    try scratch.write("train-labels-idx1-ubyte", labels ?? bytes([2], [0, 1]))
    try scratch.write("t10k-images-idx3-ubyte", testImages ?? bytes([2, 2, 2], pixels))
    try scratch.write("t10k-labels-idx1-ubyte", testLabels ?? bytes([2], [1, 0]))
    return scratch
  }
}

/// Loads `name`, which must fail with `kind` and mention every one of `words`.
func expectProblem(
  _ kind: Problem.Kind, _ words: String..., loading name: String, from locator: DataLocator = DataLocator(),
  location: SourceLocation = #_sourceLocation
) {
  let problem = #expect(throws: Problem.self, sourceLocation: location) {
    try Catalog.dataset(named: name, from: locator)
  }
  guard let problem else { return }
  #expect(problem.kind == kind, "\(problem)", sourceLocation: location)
  for word in words { #expect("\(problem)".contains(word), "'\(word)' in: \(problem)", sourceLocation: location) }
  #expect(
    problem.remedy.hasSuffix(".") || problem.remedy.hasSuffix(")") || problem.remedy.hasSuffix("?"), "\(problem)",
    sourceLocation: location)
}

extension Split {
  var bytes: [UInt8]? { if case .bytes(let values) = pixels { values } else { nil } }
  var floats: [Float]? { if case .floats(let values) = pixels { values } else { nil } }
}
