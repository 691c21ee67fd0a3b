package import Basics
import Foundation

/// Builds a network from what a graph file says:
///
///     name: small            # the file's name unless given
///     input: 1x8x8           # checked against the data if given
///     nodes:
///       - {name: conv1, layer: convolution, outputs: 8, kernel: 3, padding: 1}
///       - {name: relu1, layer: relu}
///       - {name: both, layer: sum, inputs: [relu1, conv1]}
///       - {name: fc, layer: linear, outputs: classes}
///
/// Nodes may stand in any order; one without inputs reads the one before it, the first the input. `classes` stands for the
/// number of classes. The node that no other reads gives the outputs.
package struct GraphReader {
  static let form = "Write 'nodes:' and a list of nodes like {name: fc, layer: linear, outputs: classes}."
  private static let mostNodes = 10_000

  let name: String
  let input: FeatureShape
  let classes: Int

  package init(name: String, input: FeatureShape, classes: Int) {
    (self.name, self.input, self.classes) = (name, input, classes)
  }

  /// - Throws: `Problem` naming the file and the node.
  package func architecture(_ value: YAMLValue) throws -> Architecture {
    do { return try build(value) } catch let problem as Problem {
      throw Problem(.badData, "\(name): \(problem.problem)", remedy: problem.remedy)
    }
  }

  private func build(_ value: YAMLValue) throws -> Architecture {
    guard case .mapping(let entries) = value else {
      throw Problem.badData("This is \(value.form), not a graph.", remedy: Self.form)
    }
    let known = ["name", "input", "nodes"]
    if let other = entries.first(where: { !known.contains($0.key) }) {
      throw Problem.badData(
        "There is no key '\(other.key)' in a graph.", remedy: Suggestion.sentence(for: other.key, among: known))
    }
    let title = try word("name", in: entries) ?? URL(fileURLWithPath: name).deletingPathExtension().lastPathComponent
    try checkInput(try word("input", in: entries))
    guard case .list(let list)? = entries.first(where: { $0.key == "nodes" })?.value, !list.isEmpty else {
      throw Problem.badData("There is no list of nodes.", remedy: Self.form)
    }
    guard list.count <= Self.mostNodes else {
      throw Problem.badData("There are \(list.count) nodes.", remedy: "At most \(Self.mostNodes) are allowed.")
    }
    var nodes: [GraphNode] = []
    for (i, item) in list.enumerated() {
      nodes.append(try GraphNode(item, number: i + 1, before: nodes.last?.name, classes: classes))
    }
    var result = Architecture(name: title, input: input)
    for node in try GraphOrder(nodes).sorted() { try result.append(node.name, node.layer, inputs: node.inputs) }
    guard result.output.isFlat, result.output.count == classes else {
      throw Problem.badData(
        "Node '\(result.outputName)' gives \(result.output), but there are \(classes) classes.",
        remedy: "End with a linear layer of 'outputs: classes'.")
    }
    return result
  }

  private func word(_ key: String, in entries: [YAMLValue.Entry]) throws -> String? {
    guard let value = entries.first(where: { $0.key == key })?.value else { return nil }
    guard case .word(let word) = value else {
      throw Problem.badData("'\(key)' is \(value.form).", remedy: "Write one word after '\(key):'.")
    }
    return word
  }

  private func checkInput(_ text: String?) throws {
    guard let text else { return }
    guard let shape = FeatureShape(text) else {
      throw Problem.badData("'\(text)' is no input shape.", remedy: "Write 'input: 3x32x32', or leave it out.")
    }
    guard shape == input else {
      throw Problem.badData(
        "The graph is for inputs of \(shape); these are \(input).", remedy: "Choose other data, or change 'input:'.")
    }
  }
}

/// One entry of a graph file's list.
struct GraphNode {
  let name: String
  let layer: any Layer
  let inputs: [String]

  /// - Parameters:
  ///   - number: Its place in the list, from 1.
  ///   - before: The name of the node before it.
  init(_ value: YAMLValue, number: Int, before: String?, classes: Int) throws {
    guard case .mapping(let entries) = value else {
      throw Problem.badData("Node \(number) is \(value.form).", remedy: GraphReader.form)
    }
    var words: [(key: String, value: String)] = [], inputs: [String]?
    let place = Self.place(entries, number)
    for entry in entries {
      if entry.key == "inputs" {
        inputs = try Self.inputs(entry.value, of: place)
      } else if case .word(let word) = entry.value {
        words.append((entry.key, word == "classes" ? "\(classes)" : word))
      } else {
        throw Problem.badData("\(place): '\(entry.key)' is \(entry.value.form).", remedy: "Write one word.")
      }
    }
    func take(_ key: String) throws -> String {
      guard let i = words.firstIndex(where: { $0.key == key }) else {
        throw Problem.badData("\(place) has no '\(key)'.", remedy: GraphReader.form)
      }
      return words.remove(at: i).value
    }
    (name, self.inputs) = (try take("name"), inputs ?? [before ?? Architecture.inputName])
    try Self.checkName(name)
    let kind = try take("layer")
    do { layer = try LayerCatalog.type(of: kind).reading(words) } catch let problem as Problem {
      throw Problem(.badData, "\(place): \(problem.problem)", remedy: problem.remedy)
    }
  }

  private static func place(_ entries: [YAMLValue.Entry], _ number: Int) -> String {
    if case .word(let name)? = entries.first(where: { $0.key == "name" })?.value { return "Node '\(name)'" }
    return "Node \(number)"
  }

  private static func inputs(_ value: YAMLValue, of place: String) throws -> [String] {
    if case .word(let word) = value { return [word] }
    guard case .list(let list) = value, !list.isEmpty else {
      throw Problem.badData("\(place) has no inputs.", remedy: "Write 'inputs: [NAME]', or leave it out.")
    }
    return try list.map { item in
      guard case .word(let word) = item else {
        throw Problem.badData("\(place): an input is \(item.form).", remedy: "Write names: inputs: [a, b].")
      }
      return word
    }
  }

  /// Names stand in settings with commas and equal signs between them, and in file names.
  private static func checkName(_ name: String) throws {
    let isPlain = name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_/".contains($0)) }
    guard !name.isEmpty, name.count <= 100, isPlain, name != Architecture.inputName, name != "output", name != "none"
    else {
      throw Problem.badData(
        "A node cannot be named '\(name.prefix(100))'.",
        remedy: "Use letters, digits, '-', '_' and '/', but not the words input, output and none.")
    }
  }
}
