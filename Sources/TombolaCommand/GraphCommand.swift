import ArgumentParser
import Basics
import Foundation
import Networks
import Pages

struct GraphCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "graph", abstract: "Show a model's layers, or write them as a graph file.",
    discussion: "A graph file is changed with an editor and used with --model graph:FILE.yaml.")

  @Argument(help: "A model: resnet-20, vgg-16-bn:0.5, graph:FILE.yaml (tombola list models).") var model: String
  @Option(help: "Shape of a sample: CHANNELSxHEIGHTxWIDTH (default: that of an onnx: file, else 3x32x32).")
  var input: String?
  @Option(help: "Classes (default: those of an onnx: file, else 10).") var classes: Int?
  @Flag(help: "Write a graph file.") var yaml = false
  @Flag(help: "Print one JSON object instead of the table.") var json = false

  func validate() throws {
    guard classes ?? 1 > 0 else { throw ValidationError("--classes must be positive.") }
  }

  func run() throws {
    let given = try input.map { text in
      guard let shape = FeatureShape(text) else {
        throw Problem.usage("'\(text)' is no input shape.", remedy: "Write it like 3x32x32.")
      }
      return shape
    }
    let own = try ModelCatalog.ownShape(of: model, input: given), classes = classes ?? own.classes ?? 10
    let shape = given ?? own.input ?? FeatureShape(channels: 3, height: 32, width: 32)
    let network = try ModelCatalog.architecture(model, input: shape, classes: classes)
    if yaml { return Terminal.print(network.yaml(classes: classes).trimmingCharacters(in: .newlines)) }
    let description = GraphDescription(network)
    if json { try Terminal.json(description) } else { Terminal.print(description.text) }
  }
}

/// What `graph` shows.
struct GraphDescription: Encodable {
  struct Node: Encodable {
    var name, layer, output: String
    var inputs: [String]
    var weights, parameters: Int
  }
  var model, input: String
  /// Weights that may be pruned, and everything that is trained.
  var weights, parameters: Int
  var nodes: [Node]

  init(_ network: Architecture) {
    let layout = network.layout
    (model, input) = (network.name, network.input.description)
    (weights, parameters) = (layout.prunableCount, layout.trainedCount)
    nodes = network.nodes.map { node in
      let entries = layout.entries(of: node.name)
      return Node(
        name: node.name, layer: node.layer.text, output: network.shapes[node.name]!.description, inputs: node.inputs,
        weights: entries.reduce(0) { $0 + ($1.isPrunable ? $1.count : 0) },
        parameters: entries.reduce(0) { $0 + ($1.isTrained ? $1.count : 0) })
    }
  }

  var text: String {
    var table = TextTable(header: ["node", "layer", "inputs", "output", "weights", "parameters"])
    for node in nodes {
      table.rows.append([
        node.name, node.layer, node.inputs.joined(separator: ", "), node.output,
        node.weights == 0 ? "" : "\(node.weights)", node.parameters == 0 ? "" : "\(node.parameters)",
      ])
    }
    return """
      \(model), input \(input): \(parameters) parameters, \(weights) of them weights that may be pruned

      \(table.text)
      """
  }
}
