import Basics
import Exports
import Foundation
import Networks
import TestSupport
import Testing
import Tickets

/// Core ML packages, read back by the public format's field numbers and by the layout of its weight file, hold the ticket's weights bit for
/// bit and operations in the order in which they can run.
@Suite struct CoreMLTests {
  static let cases = [
    CFormTests.Case(model: "mlp:40,20", density: 0.1), CFormTests.Case(model: "lenet-5", density: 0.2),
    CFormTests.Case(model: "bn-conv-4:0.25", density: 0.3, normalised: true),
    CFormTests.Case(model: "resnet-14:0.5", density: 0.15), CFormTests.Case(model: "mobilenet-v1:0.125", density: 0.3),
    CFormTests.Case(model: "mlp:40,20", density: 1),
  ]

  /// The name of a layer's weights: identifiers have no slashes and dashes.
  private static func constant(_ entry: ParameterLayout.Entry) -> String {
    String(entry.layer.map { "/-.".contains($0) ? "_" : $0 }) + "_weight"
  }

  @Test(arguments: cases)
  func holdsTheTicket(_ test: CFormTests.Case) throws {
    let network = try CFormTests.network(test), scratch = try Scratch()
    let sparse = try package(network, in: scratch, sparse: true),
      dense = try package(network, in: scratch, sparse: false)
    let entries = network.parameters.layout.entries.filter { $0.shape.role == .weight }
    for entry in entries {
      let values = Array(network.parameters.values[entry.range]), name = Self.constant(entry)
      for package in [sparse, dense] {
        let found = try #require(try package.floats(name), "\(name)")
        #expect(found.shape == entry.shape.dimensions && BitComparison(found.values, values).isEqual, "\(name)")
      }
      let survivors = values.count { $0 != 0 }
      let isSmaller = 4 * survivors + (values.count + 7) / 8 + 64 < 4 * values.count && survivors >= 10
      #expect(sparse.kinds[name] == (isSmaller ? "constexpr_sparse_to_dense" : "const"), "\(name)")
      #expect(dense.kinds[name] == "const")
    }
    #expect(entries.contains { sparse.kinds[Self.constant($0)] != "const" } == (test.density < 1))
    #expect(sparse.weights.count <= dense.weights.count)
    // Every value is there before it is read, and the last is the output.
    for package in [sparse, dense] {
      var known: Set = ["input"]
      for operation in package.operations {
        #expect(operation.inputs.values.allSatisfy(known.contains), "\(operation)")
        #expect(known.insert(operation.output).inserted, "\(operation.output) is there twice")
      }
      #expect(package.operations.last?.output == "output" && package.outputs == ["output"])
      #expect(package.notes["ticket"] == network.ticket.digest)
      let multiplies = package.operations.contains { $0.kind == "mul" }
      #expect(multiplies != test.normalised)
    }
    let norms = network.architecture.nodes.count { $0.layer is BatchNorm }
    #expect(sparse.operations.count { $0.kind == "batch_norm" } == norms)
  }

  @Test func refusesWhatItCannotSay() throws {
    let network = try CFormTests.network(CFormTests.headed(), density: 0.5, normalised: true), scratch = try Scratch()
    let problem = #expect(throws: Problem.self) { try package(network, in: scratch, sparse: false) }
    #expect(problem?.problem.contains("'up' (upsample)") == true && problem?.kind == .badData)
  }

  /// Folded, no batch norm is left, and the products hold the folded network's weights.
  @Test func folded() throws {
    let network = try CFormTests.network(.init(model: "resnet-14:0.5", density: 0.3)), scratch = try Scratch()
    var form = CoreMLExport()
    form.isFolded = true
    let url = scratch.url.appendingPathComponent("folded.mlpackage")
    let lines = try form.write(network, to: url)
    let package = try CoreMLPackage(url),
      folded = try FoldedNetwork(network.architecture, network.parameters, mask: network.mask)
    #expect(package.operations.allSatisfy { $0.kind != "batch_norm" } && lines.contains { $0.hasPrefix("folded: ") })
    for entry in folded.parameters.layout.entries where entry.shape.role == .weight {
      let found = try #require(try package.floats(Self.constant(entry)))
      #expect(BitComparison(found.values, Array(folded.parameters.values[entry.range])).isEqual)
    }
  }

  /// The same network gives the same bytes, and takes the place of what was there.
  @Test func sameBytes() throws {
    let network = try CFormTests.network(.init(model: "lenet-5", density: 0.2)), scratch = try Scratch()
    let url = scratch.url.appendingPathComponent("net.mlpackage")
    _ = try CoreMLExport().write(network, to: url)
    let first = try CoreMLPackage(url)
    _ = try CoreMLExport().write(network, to: url)
    let second = try CoreMLPackage(url)
    #expect(first.model == second.model && first.weights == second.weights && first.manifest == second.manifest)
    #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.url.path) == ["net.mlpackage"])
  }

  @Test func refusals() throws {
    let network = try CFormTests.network(.init(model: "lenet-5", density: 0.2, normalised: true)),
      scratch = try Scratch()
    func refusal(_ name: String, _ form: CoreMLExport = CoreMLExport()) -> Problem? {
      #expect(throws: Problem.self) { try form.write(network, to: scratch.url.appendingPathComponent(name)) }
    }
    #expect(refusal("net.onnx")?.remedy.contains(".mlpackage") == true)
    try AtomicFile.createFolder(scratch.url.appendingPathComponent("mine.mlpackage/photos"))
    #expect(refusal("mine.mlpackage")?.problem.contains("no Core ML package") == true)
    var picture = CoreMLExport()
    picture.takesImage = true
    #expect(refusal("net.mlpackage", picture)?.problem.contains("no picture") == true)
  }

  /// A picture's size and colours stand where the format wants them.
  @Test func picture() throws {
    let network = try CFormTests.network(.init(model: "mobilenet-v1:0.125", density: 0.3)), scratch = try Scratch()
    let url = scratch.url.appendingPathComponent("net.mlpackage")
    var form = CoreMLExport()
    form.takesImage = true
    _ = try form.write(network, to: url)
    let image = try CoreMLPackage(url).spec.message(2).message(1).message(3).message(4)
    #expect([1, 2, 3].map(image.integer) == [20, 20, 20])
  }

  private func package(_ network: ExportedNetwork, in scratch: Scratch, sparse: Bool) throws -> CoreMLPackage {
    var form = CoreMLExport()
    form.isSparse = sparse
    let url = scratch.url.appendingPathComponent("net-\(sparse).mlpackage")
    _ = try form.write(network, to: url)
    return try CoreMLPackage(url)
  }
}
