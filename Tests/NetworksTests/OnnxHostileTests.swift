import Basics
import Foundation
import Lanes
import Networks
import TestSupport
import Testing

/// Files that lie, and a million damaged ones: a clear error, and nothing allocated on their word.
@Suite struct OnnxHostileTests {
  typealias B = OnnxBytes
  private static let flat = FeatureShape(channels: 4)
  private static func read(_ bytes: [UInt8]) throws {
    _ = try OnnxFile.network(bytes, file: "net.onnx", input: flat, classes: 3)
  }

  static let add = B.node("Add", ["p", "fc.bias"], "y")
  static let hostile: [(name: String, bytes: [UInt8], words: String)] = [
    ("nothing", [], "holds no graph"), ("noise", Array("<html>not a model</html>".utf8), "no ONNX file"),
    ("cut off", Array(B.plain.dropLast(5)), "no ONNX file"),
    ("no graph", B.number(1, 8), "holds no graph"),
    ("no opset", B.number(1, 8) + B.bytes(7, []), "opset"),
    ("old", B.model([B.matrix, add], [B.weight, B.bias], opset: 8), "version 8"),
    ("new", B.model([B.matrix, add], [B.weight, B.bias], opset: 99), "version 99"),
    ("huge", B.model([B.matrix, add], [B.tensor("fc.weight", [1 << 40, 1 << 40], []), B.bias]), "impossible shape"),
    ("2 GB", B.model([B.matrix, add], [B.tensor("fc.weight", [1 << 29], [1]), B.bias]), "asks for 536870912"),
    ("negative", B.model([B.matrix, add], [B.tensor("fc.weight", [-4, 3], []), B.bias]), "impossible shape"),
    ("empty sizes", B.model([B.matrix, add], [B.tensor("fc.weight", [0, 3], []), B.bias]), "is for 0 inputs"),
    (
      "many axes", B.model([B.matrix, add], [B.tensor("fc.weight", [Int64](repeating: 1, count: 40), [1]), B.bias]),
      "40 dimensions"
    ),
    (
      "too few numbers", B.model([B.matrix, add], [B.tensor("fc.weight", [4, 3], [1, 2]), B.bias]), "holds 2 numbers"
    ),
    (
      "half a number",
      B.model(
        [B.matrix, add],
        [B.weight, B.number(1, 3) + B.number(2, 1) + B.text(8, "fc.bias") + B.bytes(9, [1, 2, 3, 4, 5])]),
      "part of a number"
    ),
    ("twice", B.model([B.matrix, add], [B.weight, B.bias + B.bytes(4, B.floats([1, 2, 3]))]), "twice"),
    (
      "another type", B.model([B.matrix, add], [B.weight, B.integers("fc.bias", [1, 2, 3])]), "another type than float"
    ),
    ("words", B.model([B.matrix, add], [B.weight, B.tensor("fc.bias", [3], [], type: 8)]), "another type than float"),
    (
      "unknown type", B.model([B.matrix, add], [B.weight, B.tensor("fc.bias", [3], [1, 2, 3], type: 77)]),
      "another type than float"
    ),
    ("not finite", B.model([B.matrix, add], [B.weight, B.tensor("fc.bias", [3], [1, .nan, 3])]), "not finite"),
    ("missing tensor", B.model([B.matrix, add], [B.weight]), "'fc.bias' is nowhere defined"),
    ("missing output", B.model([B.matrix], [B.weight]), "outputs that no layer computes"),
    ("two of a name", B.model([B.matrix, add], [B.weight, B.weight, B.bias]), "two initialisers"),
    ("defined twice", B.model([B.matrix, add, B.node("Relu", ["x"], "p")], [B.weight, B.bias]), "defines 'p' twice"),
    (
      "circle", B.model([B.node("Relu", ["b"], "a"), B.node("Relu", ["a"], "b"), B.node("Add", ["a", "b"], "y")], []),
      "circle"
    ),
    ("itself", B.model([B.node("Relu", ["y"], "y")], []), "circle"),
    ("other samples", B.model([B.matrix, add], [B.weight, B.bias], input: [-1, 5]), "samples of Nx5"),
    (
      "odd matrix", B.model([B.matrix, add], [B.tensor("fc.weight", [3, 4], (0..<12).map { Float($0) }), B.bias]),
      "is for 3 inputs"
    ),
    ("deep", deep(60), "no ONNX file"),
    ("shared", shared(400), "many times the file"),
    (
      "fill",
      B.model(
        [B.node("ConstantOfShape", ["size"], "fc.weight"), B.matrix, add],
        [B.integers("size", [1 << 31, 1 << 31]), B.bias]), "impossible"
    ),
    (
      "large fill",
      B.model(
        [B.node("ConstantOfShape", ["size"], "fc.weight"), B.matrix, add], [B.integers("size", [4, 1 << 24]), B.bias]),
      "that the file does not hold"
    ),
    ("sparse claim", sparse([1 << 15, 1 << 15], [3], [1]), "1 numbers for 1073741824 places"),
    ("sparse outside", sparse([4, 3], [12], [1]), "outside of it"),
    ("sparse falling", sparse([4, 3], [5, 2], [1, 2]), "do not rise"),
    ("sparse unequal", sparse([4, 3], [5, 6, 7], [1, 2]), "do not fit"),
    (
      "not here", B.model([B.matrix, add], [B.external("fc.weight", [4, 3], [("location", "w.bin")]), B.bias]),
      "another file"
    ),
  ]

  /// A graph in an attribute of a graph, and so on; those are not read.
  private static func deep(_ depth: Int) -> [UInt8] {
    // Types within types are not read either: a chain of unknown groups, which the decoder has to skip.
    var bytes: [UInt8] = []
    for _ in 0..<depth { bytes = [0xFB, 0x07] + bytes + [0xFC, 0x07] }
    return bytes + B.plain
  }

  /// One large matrix that many layers read.
  private static func shared(_ layers: Int) -> [UInt8] {
    let size = 200, matrix = B.tensor("w", [Int64(size), Int64(size)], [Float](repeating: 1, count: size * size))
    let first = B.tensor("fc.weight", [4, Int64(size)], [Float](repeating: 1, count: 4 * size))
    var nodes = [B.node("MatMul", ["x", "fc.weight"], "v0")]
    for i in 0..<layers { nodes.append(B.node("MatMul", ["v\(i)", "w"], i == layers - 1 ? "y" : "v\(i + 1)")) }
    return B.model(nodes, [first, matrix])
  }

  private static func sparse(_ dims: [Int64], _ places: [Int64], _ values: [Float]) -> [UInt8] {
    let tensor =
      B.bytes(1, B.tensor("fc.weight", [Int64(values.count)], values)) + B.bytes(2, B.integers("", places))
      + dims.flatMap { B.number(3, $0) }
    return B.model([B.matrix, add], [B.bias], more: B.bytes(15, tensor))
  }

  @Test(arguments: hostile.map(\.name))
  func explainsWhatIsWrong(_ name: String) throws {
    let value = Self.hostile.first { $0.name == name }!
    let problem = #expect(throws: Problem.self) { try Self.read(value.bytes) }
    #expect(problem?.kind == .badData)
    #expect(problem?.problem.contains(value.words) == true, "\(String(describing: problem))")
    #expect(problem?.problem.contains("net.onnx") == true, "\(String(describing: problem))")
  }

  @Test func readsSparseTensors() throws {
    let bytes = Self.sparse([4, 3], [1, 5, 9], [2, 3, 4])
    let start = try OnnxFile.network(bytes, file: "net.onnx", input: Self.flat, classes: 3).start
    #expect(start.parameters.values.filter { $0 != 0 }.sorted() == [-0.25, 0.5, 1, 2, 3, 4])
  }

  /// Chains of any length are read without recursion, up to as many layers as a graph file may have.
  @Test func readsLongChains() throws {
    func chain(_ count: Int) -> [UInt8] {
      B.model(
        [B.node("MatMul", ["x", "fc.weight"], "v0")]
          + (0..<count).map { B.node("Relu", ["v\($0)"], $0 == count - 1 ? "y" : "v\($0 + 1)", name: "r") },
        [B.weight])
    }
    try Self.read(chain(3000))
    let problem = #expect(throws: Problem.self) { try Self.read(chain(10_001)) }
    #expect(problem?.problem.contains("more than 10000 layers") == true)
  }

  // MARK: external data

  @Test func readsTensorsFromFilesBesideTheModel() throws {
    let scratch = try Scratch(), model = scratch.file("net.onnx")
    let numbers = B.floats((0..<12).map { Float($0) })
    try Data([9, 9] + numbers).write(to: scratch.file("w.bin"))
    func network(_ entries: [(String, String)]) throws -> StartingWeights {
      try Data(B.model([B.matrix, Self.add], [B.external("fc.weight", [4, 3], entries), B.bias])).write(to: model)
      return try OnnxFile.network(model.path, input: Self.flat, classes: 3).start
    }
    let start = try network([("location", "w.bin"), ("offset", "2"), ("length", "48")])
    #expect(start.parameters.values.prefix(4) == [0, 3, 6, 9])
    #expect(
      ModelCatalog.files(of: "onnx:\(model.path)").map { URL(fileURLWithPath: $0).lastPathComponent } == [
        "net.onnx", "w.bin",
      ])
    let outside = scratch.url.deletingLastPathComponent().appendingPathComponent("outside-\(UUID().uuidString).bin")
    try Data([9, 9] + numbers).write(to: outside)
    defer { try? FileManager.default.removeItem(at: outside) }
    try FileManager.default.createSymbolicLink(at: scratch.file("link.bin"), withDestinationURL: outside)
    try FileManager.default.createSymbolicLink(
      at: scratch.file("zero"), withDestinationURL: URL(fileURLWithPath: "/dev/zero"))
    try FileManager.default.createDirectory(at: scratch.file("dir"), withIntermediateDirectories: true)
    let refused: [([(String, String)], String)] = [
      ([("location", "../\(outside.lastPathComponent)")], "outside of its own folder"),
      ([("location", outside.path)], "outside of its own folder"), ([("location", "")], "outside of its own folder"),
      ([("location", "a/../../\(outside.lastPathComponent)")], "outside of its own folder"),
      ([("location", "link.bin")], "outside of its own folder"), ([("location", "zero")], "outside of its own folder"),
      ([("location", "dir")], "outside of its own folder"), ([], "does not say where"),
      ([("location", "nowhere.bin")], "which is not there"),
      ([("location", "w.bin"), ("offset", "4")], "which has 50"),
      ([("location", "w.bin"), ("offset", "-2")], "that cannot be"),
      ([("location", "w.bin"), ("offset", "9223372036854775807")], "which has 50"),
      ([("location", "w.bin"), ("offset", "x")], "that cannot be"),
      ([("location", "w.bin"), ("length", "47")], "that cannot be"),
    ]
    for (entries, words) in refused {
      let problem = #expect(throws: Problem.self) { try network(entries) }
      #expect(problem?.problem.contains(words) == true, "\(entries): \(String(describing: problem))")
    }
  }

  // MARK: damaged files

  /// Damages whole files in memory; `TOMBOLA_FUZZ_ONNX` says how often.
  @Test func survivesDamage() throws {
    let count = ProcessInfo.processInfo.environment["TOMBOLA_FUZZ_ONNX"].flatMap { Int($0) } ?? 20_000
    let seeds: [([UInt8], FeatureShape)] =
      try [
        (B.plain, Self.flat), (Self.sparse([4, 3], [1, 5, 9], [2, 3, 4]), Self.flat),
        (Self.image, FeatureShape(channels: 1, height: 6, width: 6)),
      ]
      + ["lenet-300-100", "lenet-5"].map {
        (
          Array(try Data(contentsOf: OnnxFileTests.folder.appendingPathComponent("\($0).onnx"))),
          OnnxFileTests.cases[$0]!.input
        )
      }
    var random = RandomStream(seed: 19, "onnx-fuzz"), read = 0
    for i in 0..<count {
      // Large files take long, so they come seldom.
      let (bytes, input) = seeds[i % 50 == 0 ? 3 + i / 50 % 2 : i % 3]
      let damaged = Damage.once(bytes, &random)
      do {
        let network = try OnnxFile.network(damaged, file: "net.onnx", input: input, classes: nil)
        #expect(network.architecture.layout.count == network.start.parameters.values.count)
        read += 1
      } catch let problem as Problem {
        #expect([.badData, .missingInput].contains(problem.kind), "\(problem)")
      }
    }
    #expect(count < 1000 || (count / 100..<count).contains(read), "\(read) of \(count) could be read")
    print("ONNX: \(count) damaged files, \(read) of which could still be read")
  }

  /// Convolution, batch norm, pools, sum and constants of one small file.
  private static let image: [UInt8] = {
    let ones: [Float] = [1, 1]
    let nodes = [
      B.node("Pad", ["x", "pads"], "p"), B.node("Conv", ["p", "k"], "c", ["strides": .integers([1, 1])]),
      B.node("BatchNormalization", ["c", "g", "b", "m", "v"], "n", ["epsilon": .float(1e-3)]),
      B.node("Relu", ["n"], "r"),
      B.node("Conv", ["r", "k2", "b"], "d", ["pads": .integers([1, 1, 1, 1])]), B.node("Add", ["r", "d"], "s"),
      B.node("MaxPool", ["s"], "q", ["kernel_shape": .integers([2, 2]), "strides": .integers([2, 2])]),
      B.node("Shape", ["q"], "size"), B.node("Slice", ["size", "zero", "one"], "first"),
      B.node("Concat", ["first", "minus"], "target", ["axis": .integer(0)]), B.node("Reshape", ["q", "target"], "f"),
      B.node("Gemm", ["f", "w", "o"], "z", ["transB": .integer(1), "alpha": .float(0.5)]),
      B.node("Softmax", ["z"], "y"),
    ]
    let tensors = [
      B.integers("pads", [0, 0, 1, 1, 0, 0, 1, 1]), B.tensor("k", [2, 1, 3, 3], (0..<18).map { Float($0) / 9 }),
      B.tensor("g", [2], ones), B.tensor("b", [2], [0, 1]), B.tensor("m", [2], [0, 1]), B.tensor("v", [2], ones),
      B.tensor("k2", [2, 2, 3, 3], (0..<36).map { Float($0) / 9 }), B.integers("zero", [0]), B.integers("one", [1]),
      B.integers("minus", [-1]), B.tensor("w", [3, 18], (0..<54).map { Float($0) / 9 }), B.tensor("o", [3], [1, 2, 3]),
    ]
    return B.model(nodes, tensors, input: [-1, 1, 6, 6])
  }()

  @Test func readsTheFileThatIsDamaged() throws {
    let network = try OnnxFile.network(
      Self.image, file: "net.onnx", input: FeatureShape(channels: 1, height: 6, width: 6), classes: 3)
    #expect(network.architecture.nodes.count == 7 && network.start.notes.count == 1)
  }
}
