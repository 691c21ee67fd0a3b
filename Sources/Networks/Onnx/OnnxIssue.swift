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

  /// What is wrong with the inputs or outputs of the network.
  init(_ kind: String, _ reason: String) { (self.kind, place, self.reason) = (kind, "of the network", reason) }

  static func shown(_ name: String) -> String { "'\(name.count > 60 ? "\(name.prefix(57))..." : name)'" }

  /// All of them in one message, those of one operator and reason in one line.
  static func problem(_ issues: [OnnxIssue], file: String, nodes: Int) -> Problem {
    var lines: [(title: String, places: [String])] = [], numbers: [String: Int] = [:]
    for issue in issues {
      let title = "\(issue.kind.prefix(60)): \(issue.reason)"
      if let number = numbers[title] {
        lines[number].places.append(issue.place)
      } else {
        numbers[title] = lines.count
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
      (["\(file) cannot be expressed: \(issues.count) obstacles in \(nodes) nodes."]
      + lines.map { "  \($0.title) (\($0.places.joined(separator: ", ")))" }).joined(separator: "\n")
    return problem
  }
}

/// Names of nodes as graph files write them, each once.
struct OnnxNames {
  private var taken: Set<String> = [Architecture.inputName, "output", "none"]
  private var counts: [String: Int] = [:]

  /// The layer's name in the framework that wrote the file where a tensor tells it: `features.0.weight` gives `features/0`.
  mutating func name(of node: OnnxGraph.Node, weight: String?, kind: String) -> String {
    let name =
      if let weight, weight.hasSuffix(".weight") { Self.plain(String(weight.dropLast(".weight".count))) } else {
        node.name.isEmpty ? kind : Self.plain(node.name)
      }
    var candidate = name
    while !taken.insert(candidate).inserted {
      counts[name, default: 1] += 1
      candidate = "\(name)-\(counts[name]!)"
    }
    return candidate
  }

  private static func plain(_ name: String) -> String {
    let letters = name.prefix(80).map { letter -> Character in
      letter.isASCII && (letter.isLetter || letter.isNumber || "-_/".contains(letter))
        ? letter : letter == "." ? "/" : "-"
    }
    let trimmed = letters.drop { $0 == "/" }
    return trimmed.isEmpty ? "node" : String(trimmed)
  }
}
