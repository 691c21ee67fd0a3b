import Basics
import Foundation

extension Architecture {
  /// The network as a graph file, which `graph:FILE` reads: nodes with their settings where these differ from the defaults.
  ///
  /// - Parameter classes: Written as `classes` where it is the number of outputs of the last node.
  public func yaml(classes: Int? = nil) -> String {
    var before = Self.inputName
    let lines = nodes.map { node in
      var words = [("name", node.name), ("layer", type(of: node.layer).kind)]
      if node.inputs != [before] { words.append(("inputs", "[\(node.inputs.joined(separator: ", "))]")) }
      for (key, value) in node.layer.changes {
        let isClasses = key == "outputs" && node.name == outputName && value == classes.map(String.init)
        words.append((key, isClasses ? "classes" : value))
      }
      before = node.name
      return "  - {\(words.map { "\($0): \($1)" }.joined(separator: ", "))}"
    }
    return (["name: '\(name.replacingOccurrences(of: "'", with: "''"))'", "input: \(input)", "nodes:"] + lines)
      .joined(separator: "\n") + "\n"
  }
}
