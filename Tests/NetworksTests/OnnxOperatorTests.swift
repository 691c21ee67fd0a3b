import Basics
import Networks
import TestSupport
import Testing

/// What becomes of operators, of files made by hand.
@Suite struct OnnxOperatorTests {
  typealias B = OnnxBytes
  private static let flat = FeatureShape(channels: 4)
  private static let image = FeatureShape(channels: 2, height: 4, width: 4)

  private func network(_ bytes: [UInt8], _ input: FeatureShape = flat, classes: Int? = 3) throws -> (
    architecture: Architecture, start: StartingWeights
  ) { try OnnxFile.network(bytes, file: "net.onnx", input: input, classes: classes) }

  private func outputs(_ bytes: [UInt8], _ values: [Float], _ input: FeatureShape = flat) throws -> [Float] {
    OnnxFileTests.outputs(try network(bytes, input, classes: nil), [values])[0]
  }

  /// x W for a matrix of [inputs][outputs].
  private func product(_ x: [Float], _ matrix: [Float]) -> [Float] {
    let outputs = matrix.count / x.count
    return (0..<outputs).map { output in
      var sum: Float = 0
      for (i, value) in x.enumerated() { sum += value * matrix[i * outputs + output] }
      return sum
    }
  }

  private func areNear(_ a: [Float], _ b: [Float]) -> Bool {
    a.count == b.count && zip(a, b).allSatisfy { abs($0 - $1) < 1e-4 }
  }

  private static let weight = (0..<12).map { Float($0) / 8 - 0.7 }
  private static let bias: [Float] = [0.5, -0.25, 1]
  private static let x: [Float] = [1, -2, 0.5, 3]

  @Test func addsConstantsToProducts() throws {
    let (architecture, start) = try network(B.plain)
    #expect(architecture.nodes.map(\.name) == ["fc"] && (architecture.nodes[0].layer as? Linear)?.hasBias == true)
    #expect(start.affine == nil && start.notes.isEmpty)
    let plain = zip(product(Self.x, Self.weight), Self.bias).map { $0 + $1 }
    #expect(areNear(try outputs(B.plain, Self.x), plain))
    let two = B.tensor("two", [], [2]), nodes = [B.matrix, B.node("Add", ["p", "fc.bias"], "q")]
    let changes: [(String, [Float])] = [
      ("Mul", plain.map { $0 * 2 }), ("Div", plain.map { $0 / 2 }), ("Sub", plain.map { $0 - 2 }),
    ]
    for (kind, wanted) in changes {
      let changed = B.model(nodes + [B.node(kind, ["q", "two"], "y")], [B.weight, B.bias, two])
      #expect(areNear(try outputs(changed, Self.x), wanted), "\(kind)")
    }
  }

  /// Scaling behind a rectifier goes into the next product; where there is none it is named.
  @Test func handsConstantsOn() throws {
    let nodes = [
      B.matrix, B.node("Relu", ["p"], "r"), B.node("Mul", ["r", "m"], "s"), B.node("Add", ["s", "fc.bias"], "t"),
    ]
    let scale: [Float] = [2, -1, 0.5], last: [Float] = [1, 2, -1, 0.5, 3, 1]
    let tensors = [B.weight, B.bias, B.tensor("m", [3], scale), B.tensor("last", [3, 2], last)]
    let rectified = product(Self.x, Self.weight).map { max(0, $0) }
    let hidden = rectified.indices.map { rectified[$0] * scale[$0] + Self.bias[$0] }
    let found = try outputs(B.model(nodes + [B.node("MatMul", ["t", "last"], "y")], tensors), Self.x)
    #expect(areNear(found, product(hidden, last)))
    let problem = #expect(throws: Problem.self) {
      try network(B.model(nodes + [B.node("Relu", ["t"], "y")], tensors))
    }
    #expect(problem?.problem.contains("only a product can take up the scaling") == true)
  }

  /// What a network does to its input first is left to the data's normalisation.
  @Test func tellsItsOwnNormalisation() throws {
    let nodes = [
      B.node("Sub", ["x", "mean"], "c"), B.node("Div", ["c", "std"], "n"), B.node("MatMul", ["n", "fc.weight"], "y"),
    ]
    let start = try network(
      B.model(nodes, [B.weight, B.tensor("mean", [], [0.5]), B.tensor("std", [1, 4], [1, 2, 4, 8])])
    ).start
    let affine = try #require(start.affine)
    #expect(
      affine.map(\.multiplier) == [1, 0.5, 0.25, 0.125] && affine.map(\.shift) == [-0.5, -0.25, -0.125, -0.0625])
  }

  /// Images with channels last are turned, and so are the columns of the first matrix behind them.
  @Test func turnsImagesWithChannelsLast() throws {
    let values = (0..<32).map { Float($0 % 7) - 3 }, weights = (0..<96).map { Float($0 % 11) / 4 - 1 }
    let nodes = [
      B.node("Transpose", ["x"], "t", ["perm": .integers([0, 3, 1, 2])]), B.node("Conv", ["t", "k"], "c"),
      B.node("Transpose", ["c"], "u", ["perm": .integers([0, 2, 3, 1])]),
      B.node("Reshape", ["u", "size"], "f"), B.node("MatMul", ["f", "w"], "y"),
    ]
    let tensors = [
      B.tensor("k", [2, 2, 1, 1], [1, 0, 0, 2]), B.integers("size", [-1, 32]), B.tensor("w", [32, 3], weights),
    ]
    let found = try outputs(B.model(nodes, tensors, input: [-1, 4, 4, 2]), values, Self.image)
    // Place p of channel c is number p * 2 + c of the row, and channel 1 is doubled.
    let row = (0..<32).map { i -> Float in values[i % 2 * 16 + i / 2] * (i % 2 == 1 ? 2 : 1) }
    #expect(areNear(found, product(row, weights)))
  }

  @Test func foldsPadsAndSizes() throws {
    let kernel = B.tensor("k", [3, 2, 3, 3], (0..<54).map { Float($0 % 5) - 2 })
    let end = [
      B.node("GlobalAveragePool", ["c"], "g"), B.node("Shape", ["g"], "s"),
      B.node("Gather", ["s", "zero"], "n", ["axis": .integer(0)]), B.node("Unsqueeze", ["n", "first"], "u"),
      B.node("Concat", ["u", "rest"], "size", ["axis": .integer(0)]), B.node("Reshape", ["g", "size"], "y"),
    ]
    let tensors = [
      kernel, B.integers("pads", [0, 0, 1, 1, 0, 0, 1, 1]), B.number(2, 7) + B.bytes(7, [0]) + B.text(8, "zero"),
      B.integers("first", [0]), B.integers("rest", [-1]),
    ]
    let padded = B.model(
      [B.node("Pad", ["x", "pads"], "p"), B.node("Conv", ["p", "k"], "c")] + end, tensors, input: [-1, 2, 4, 4])
    let same = B.model(
      [B.node("Conv", ["x", "k"], "c", ["auto_pad": .text("SAME_UPPER")])] + end, tensors, input: [-1, 2, 4, 4])
    let (architecture, _) = try network(padded, Self.image)
    #expect(architecture.nodes.count == 2 && (architecture.nodes[0].layer as? Convolution)?.padding == 1)
    let values = (0..<32).map { Float($0 % 7) - 3 }
    #expect(try outputs(padded, values, Self.image) == outputs(same, values, Self.image))
  }

  /// Rows side by side in order, of an image that has grown by either of two forms and of features; what is no such thing is named.
  @Test func joinsAndEnlarges() throws {
    let forms: [[String: B.Attribute]] = [
      [:], ["coordinate_transformation_mode": .text("asymmetric"), "nearest_mode": .text("floor")],
    ]
    let values = (0..<8).map { Float($0) }, small = FeatureShape(channels: 2, height: 2, width: 2)
    let scales = B.tensor("scales", [4], [1, 1, 2, 2]), matrix = (0..<120).map { Float($0 * 7 % 11) / 8 - 0.6 }
    func model(_ resize: [UInt8], axis: Int64 = 1, rows: [String] = ["f", "g"]) -> [UInt8] {
      B.model(
        [
          resize, B.node("Flatten", ["up"], "f"), B.node("Flatten", ["x"], "g"),
          B.node("Concat", rows, "joined", ["axis": .integer(axis)]), B.node("MatMul", ["joined", "w"], "y"),
        ],
        [
          scales, B.tensor("w", [40, 3], matrix), B.integers("sizes", [-1, 2, 4, 4]),
          B.integers("wide", [-1, 2, 4, 6]),
        ],
        input: [-1, 2, 2, 2])
    }
    let large: [Float] = [0, 0, 1, 1, 0, 0, 1, 1, 2, 2, 3, 3, 2, 2, 3, 3]
    let wanted = large + large.map { $0 + 4 } + values
    let sized = B.node("Resize", ["x", "", "", "sizes"], "up")
    for node in forms.map({ B.node("Resize", ["x", "", "scales"], "up", $0) }) + [sized] {
      let found = try outputs(model(node), values, small)
      #expect(areNear(found, product(wanted, matrix)))
    }
    let resize = B.node("Resize", ["x", "", "scales"], "up")
    let (architecture, _) = try network(model(resize, axis: -1), small, classes: nil)
    #expect(architecture.nodes.map { type(of: $0.layer).kind } == ["upsample", "join", "linear"])
    let wrong: [(String, [UInt8])] = [
      ("linear, not nearest", model(B.node("Resize", ["x", "", "scales"], "up", ["mode": .text("linear")]))),
      ("other neighbours", model(B.node("Resize", ["x", "", "scales"], "up", ["nearest_mode": .text("ceil")]))),
      ("only rows", model(resize, rows: ["up", "x"])), ("samples", model(resize, axis: 0)),
      ("beside itself", model(resize, rows: ["f", "f"])),
      ("by 2.0 and 3.0", model(B.node("Resize", ["x", "", "", "wide"], "up"))),
    ]
    for (words, bytes) in wrong {
      let problem = #expect(throws: Problem.self) { try network(bytes, small, classes: nil) }
      #expect(problem?.problem.contains(words) == true, "\(problem?.problem ?? "")")
    }
  }

  /// Images that grow beyond all bounds are no overflow.
  @Test func enlargesWithinBounds() throws {
    let nodes = (0..<12).map {
      B.node("Resize", [$0 == 0 ? "x" : "v\($0 - 1)", "", "scales"], $0 == 11 ? "y" : "v\($0)")
    }
    let bytes = B.model(nodes, [B.tensor("scales", [4], [1, 1, 64, 64])], input: [-1, 2, 4, 4])
    let problem = #expect(throws: Problem.self) { try network(bytes, Self.image, classes: nil) }
    #expect(problem?.kind == .badData && problem?.problem.contains("a sample would take") == true)
  }

  /// All obstacles stand in one message: of the network, of operators, of attributes, of what comes behind them.
  @Test func listsAllThatIsMissing() throws {
    let nodes = [
      B.node("Erf", ["x"], "a", name: "up1"), B.node("Erf", ["a"], "b", name: "up2"),
      B.node("Conv", ["b", "k"], "c", name: "wide", ["dilations": .integers([2, 2])]),
      B.node("MaxPool", ["c"], "d", name: "over", ["kernel_shape": .integers([3, 3]), "strides": .integers([2, 2])]),
      B.node("Swish", ["d"], "y", domain: "com.example"), B.node("If", ["d"], "z", ["then_branch": .graph]),
    ]
    let problem = #expect(throws: Problem.self) {
      try network(
        B.model(nodes, [B.tensor("k", [1, 1, 1, 1], [1])], input: [-1, 2, 4, 4], outputs: ["y", "z"]), Self.image)
    }
    let text = problem?.problem ?? ""
    #expect(problem?.kind == .badData)
    for words in [
      "7 obstacles in 6 nodes", "output: there are 2",
      "Erf: there is no such operator here (node 1 'up1', node 2 'up2')",
      "Conv: its kernel is dilated ([2, 2]) (node 3 'wide')", "MaxPool: its windows of 3x3 overlap", "(node 4 'over')",
      "com.example.Swish", "If:", "output 'z'",
    ] { #expect(text.contains(words), "\(words) is missing in: \(text)") }
  }

  /// A long list is not cut.
  @Test func cutsNothingOfALongList() {
    let nodes = (0..<400).map {
      B.node("Erf", [$0 == 0 ? "x" : "v\($0 - 1)"], $0 == 399 ? "y" : "v\($0)", name: "erf\($0)")
    }
    let problem = #expect(throws: Problem.self) { try network(B.model(nodes, [])) }
    #expect(problem?.problem.contains("'erf0'") == true && problem?.problem.contains("'erf399'") == true)
    #expect(problem?.problem.contains("'erf200'") == true)
  }

  @Test(arguments: [
    ("Softmax", "left out"), ("Relu", ""),
  ])
  func endsWithScores(_ kind: String, _ words: String) throws {
    let bytes = B.model([B.matrix, B.node(kind, ["p"], "y")], [B.weight])
    let start = try network(bytes).start
    #expect(start.notes.joined().contains(words) && start.notes.isEmpty == words.isEmpty)
  }
}
