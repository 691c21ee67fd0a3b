import Basics
import Onnx

/// A node that cannot be expressed, and why.
struct OnnxIssue: Sendable {
  var kind: String
  var place: String
  var reason: String

  init(_ node: OnnxGraph.Node, number: Int, _ reason: String) {
    kind = node.domain.isEmpty ? node.kind : "\(node.domain).\(node.kind)"
    let name = node.name.isEmpty ? "output \(Self.shown(node.outputs.first ?? ""))" : Self.shown(node.name)
    place = "node \(number + 1) \(name)"
    self.reason = reason
  }

  static func shown(_ name: String) -> String { "'\(name.count > 60 ? "\(name.prefix(57))..." : name)'" }

  /// All of them in one message, those of one operator and reason in one line.
  static func problem(_ issues: [OnnxIssue], file: String, nodes: Int) -> Problem {
    var lines: [(title: String, places: [String])] = []
    for issue in issues {
      let title = "\(issue.kind.prefix(60)): \(issue.reason)"
      if let i = lines.firstIndex(where: { $0.title == title }) {
        lines[i].places.append(issue.place)
      } else {
        lines.append((title, [issue.place]))
      }
    }
    var problem = Problem.badData(
      "",
      remedy:
        "docs/onnx.md lists what is supported; leave these nodes out of the network, or replace them, before it is exported."
    )
    // The whole list, however long: a network is changed once, not node by node.
    problem.problem =
      (["\(file): \(issues.count) of \(nodes) nodes cannot be expressed."]
      + lines.map { "  \($0.title) (\($0.places.joined(separator: ", ")))" }).joined(separator: "\n")
    return problem
  }
}

/// Names of nodes as graph files write them.
enum OnnxName {
  /// The layer's name in the framework that wrote the file where a tensor tells it: `features.0.weight` gives `features/0`.
  static func proposal(_ node: OnnxGraph.Node, weight: String?, kind: String) -> String {
    if let weight, weight.hasSuffix(".weight") { return plain(String(weight.dropLast(".weight".count))) }
    return node.name.isEmpty ? kind : plain(node.name)
  }

  private static func plain(_ name: String) -> String {
    let letters = name.prefix(80).map { letter -> Character in
      letter.isASCII && (letter.isLetter || letter.isNumber || "-_/".contains(letter))
        ? letter : letter == "." ? "/" : "-"
    }
    let trimmed = letters.drop { $0 == "/" }
    return trimmed.isEmpty ? "node" : String(trimmed)
  }

  static func unique(_ name: String, _ taken: inout Set<String>) -> String {
    var candidate = name, number = 2
    while !taken.insert(candidate).inserted {
      candidate = "\(name)-\(number)"
      number += 1
    }
    return candidate
  }
}
