import Basics
import Foundation
import Networks
import TestSupport
import Testing

@Suite struct GraphFileTests {
  private static let input = FeatureShape(channels: 2, height: 8, width: 8)

  /// The network that the text describes, of an input of 2x8x8 and 3 classes.
  private func network(_ text: String, input: FeatureShape = input, classes: Int = 3) throws -> Architecture {
    let scratch = try Scratch(), file = scratch.file("net.yaml")
    try text.write(to: file, atomically: true, encoding: .utf8)
    return try ModelCatalog.architecture("graph:\(file.path)", input: input, classes: classes)
  }

  @Test func readsNodesInAnyOrder() throws {
    let text = """
      # A residual block; the last node stands first.
      name: block
      input: 2x8x8
      nodes:
        - {name: fc, layer: linear, inputs: pool, outputs: classes}
        - {name: conv1, layer: convolution, inputs: [input], outputs: 6, kernel: 3, padding: 1, bias: false}
        - name: bn1
          layer: batch-norm
          momentum: 0.2
        - {name: relu1, layer: relu}
        - {name: both, layer: sum, inputs: [deep/conv, relu1]}
        - {name: pool, layer: average-pool}
        - {name: deep/conv, layer: convolution, inputs: [relu1], outputs: 6, kernel: 3, padding: 1, groups: 3}
      """
    let found = try network(text)
    var expected = Architecture(name: "block", input: Self.input)
    try expected.append("conv1", Convolution(6, kernel: 3, padding: 1, hasBias: false))
    try expected.append("bn1", BatchNorm(affine: true, momentum: 0.2))
    try expected.append("relu1", Rectifier())
    try expected.append("deep/conv", Convolution(6, kernel: 3, padding: 1, groups: 3))
    try expected.append("both", Sum(), inputs: ["deep/conv", "relu1"])
    try expected.append("pool", AveragePool())
    try expected.append("fc", Linear(3))
    #expect(found == expected)
    #expect(try JSONDecoder().decode(Architecture.self, from: JSONEncoder().encode(found)) == found)
    var other = expected
    try other.append("end", BatchNorm(affine: true, momentum: 0.3))
    try expected.append("end", BatchNorm(affine: true, momentum: 0.2))
    #expect(other != expected, "settings that are not printed count as well")
  }

  /// Every model of the catalogue, written and read again, is itself.
  @Test(arguments: ModelCatalog.all.filter { !["graph", "onnx"].contains($0.name) }.map(\.example))
  func modelsSurviveTheirFiles(_ name: String) throws {
    let input = FeatureShape(channels: 3, height: 32, width: 32)
    let model = try ModelCatalog.architecture(name, input: input, classes: 10)
    let text = model.yaml(classes: 10)
    #expect(text.utf8.count < 40_000)
    #expect(try network(text, input: input, classes: 10) == model)
    let more = try network(text, input: input, classes: 17)
    #expect(more.output.count == 17, "the number of classes is that of the data")
  }

  @Test(arguments: [
    ("", "is empty"), ("- 1", "a list, not a graph"), ("nodes: 3", "no list of nodes"),
    ("nodes: []", "no list of nodes"),
    ("node: []", "Did you mean nodes"), ("name: [x]\nnodes: []", "'name' is a list"),
    ("input: 3x\nnodes: []", "no input shape"), ("input: 3x8x8\nnodes: []", "for inputs of 3x8x8; these are 2x8x8"),
    ("nodes: [3]", "Node 1 is '3'"), ("nodes: [{layer: linear}]", "Node 1 has no 'name'"),
    ("nodes: [{name: fc}]", "Node 'fc' has no 'layer'"),
    ("nodes: [{name: input, layer: relu}]", "cannot be named 'input'"),
    ("nodes: [{name: 'a,b', layer: relu}]", "cannot be named 'a,b'"),
    ("nodes: [{name: fc, layer: linaer, outputs: 3}]", "Node 'fc': There is no layer 'linaer'"),
    ("nodes: [{name: fc, layer: linear}]", "Node 'fc': linear needs 'outputs'"),
    ("nodes: [{name: fc, layer: linear, outputs: many}]", "Node 'fc': outputs=many cannot be read"),
    ("nodes: [{name: fc, layer: linear, outputs: 0}]", "Node 'fc': outputs=0 is out of range"),
    ("nodes: [{name: fc, layer: linear, output: 3}]", "Node 'fc': There is no setting 'output'. Did you mean outputs?"),
    ("nodes: [{name: fc, layer: linear, outputs: [3]}]", "Node 'fc': 'outputs' is a list"),
    ("nodes: [{name: fc, layer: linear, outputs: 3, inputs: []}]", "Node 'fc' has no inputs"),
    ("nodes: [{name: fc, layer: linear, outputs: 3, inputs: [[x]]}]", "Node 'fc': an input is a list"),
    (
      "nodes: [{name: fc, layer: linear, outputs: 3, inputs: inptu}]",
      "reads 'inptu', which is no node. Did you mean input"
    ),
    ("nodes: [{name: fc, layer: linear, outputs: 4}]", "Node 'fc' gives 4, but there are 3 classes"),
    ("nodes: [{name: c, layer: convolution, outputs: 3, kernel: 3}]", "Node 'c' gives 3x6x6"),
    ("nodes: [{name: c, layer: convolution, outputs: 3, kernel: 9}]", "Node 'c': a kernel of 9x9"),
    ("nodes: [{name: c, layer: convolution, outputs: 3, kernel: 3, groups: 2}]", "2 groups do not divide"),
    ("nodes: [{name: c, layer: convolution, outputs: 3, kernel: 3, padding: 3}]", "cannot have a padding of 3"),
    (
      "nodes: [{name: a, layer: linear, outputs: 3}, {name: a, layer: relu}]", "Two nodes are named 'a'"
    ),
    (
      "nodes: [{name: a, layer: relu, inputs: c}, {name: b, layer: relu}, {name: c, layer: relu}]",
      "circle: 'a', which reads 'c', which reads 'b', which reads 'a'"
    ),
    ("nodes: [{name: a, layer: relu, inputs: a}]", "circle: 'a', which reads 'a'"),
    (
      "nodes: [{name: a, layer: linear, outputs: 3}, {name: b, layer: linear, outputs: 3, inputs: input}]",
      "No node reads 'a' and 'b'"
    ),
    ("nodes: [{name: a, layer: sum, inputs: [input, input]}]", "reads 'input' twice"),
    (
      "nodes: [{name: a, layer: linear, outputs: 4}, {name: s, layer: sum, inputs: [a, input]}]",
      "Node 's': the inputs of a sum have different shapes: 4, 2x8x8"
    ),
    ("nodes: [{name: a, layer: linear, outputs: 99999999}]", "Node 'a': a sample would take 99999999x1x1 numbers"),
    (
      "nodes: [\((0..<300).map { "{name: a\($0), layer: linear, outputs: 16777216}" }.joined(separator: ", "))]",
      "Node 'a256': the network would have more parameters than can be counted"
    ),
    ("nodes: [{name: a, layer: linear, outputs: 99999999999999999999}]", "cannot be read"),
    ("nodes: [{name: a, layer: linear, outputs: 3}, {name: a", "no YAML"),
    ("nodes: [{name: a, name: b, layer: relu}]", "twice"), ("nodes: *nothing", "net.yaml"),
  ])
  func explainsBadGraphs(_ text: String, _ words: String) {
    let problem = #expect(throws: Problem.self) { try network(text) }
    #expect(problem?.kind == .badData)
    #expect(problem?.problem.contains("net.yaml") == true, "\(String(describing: problem))")
    #expect(problem?.description.contains(words) == true, "\(String(describing: problem))")
  }

  @Test func namesMissingFiles() {
    for (name, kind) in [("graph", Problem.Kind.usage), ("graph:", .usage), ("graph:/nowhere/x.yaml", .missingInput)] {
      let problem = #expect(throws: Problem.self) {
        try ModelCatalog.architecture(name, input: Self.input, classes: 3)
      }
      #expect(problem?.kind == kind && problem?.description.contains("graph:") == true)
    }
  }

  /// A file of ten thousand nodes is read, one of more is not.
  @Test func boundsTheNumberOfNodes() throws {
    func text(_ count: Int) -> String {
      "nodes:\n" + (1..<count).map { "- {name: r\($0), layer: relu}\n" }.joined()
        + "- {name: fc, layer: linear, outputs: classes}"
    }
    #expect(try network(text(2000)).nodes.count == 2000)
    let problem = #expect(throws: Problem.self) { try network(text(10_001)) }
    #expect(problem?.problem.contains("10001 nodes") == true)
  }
}
