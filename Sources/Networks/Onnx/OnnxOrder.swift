import Basics
import Onnx

/// The nodes that the graph's outputs depend on, each after those that it reads.
struct OnnxOrder {
  let reachable: [Int]

  /// - Throws: `Problem.badData` if values are defined twice or nodes form a circle.
  init(_ graph: OnnxGraph, file: String) throws {
    func damaged(_ what: String) -> Problem {
      .badData("\(file) \(what).", remedy: "Check it with onnx.checker, or write it anew.")
    }
    var makers: [String: Int] = [:]
    for (i, node) in graph.nodes.enumerated() {
      for output in node.outputs where !output.isEmpty {
        guard makers.updateValue(i, forKey: output) == nil, graph.constants[output] == nil else {
          throw damaged("defines \(OnnxIssue.shown(output)) twice")
        }
      }
    }
    // Depth first without recursion: files may be chains of any length.
    var state = [UInt8](repeating: 0, count: graph.nodes.count), order: [Int] = []
    var stack: [(node: Int, next: Int)] = []
    func enter(_ name: String) throws {
      guard let node = makers[name], state[node] != 2 else { return }
      guard state[node] == 0 else {
        throw damaged("has nodes that form a circle through \(OnnxIssue.shown(name))")
      }
      state[node] = 1
      stack.append((node, 0))
    }
    for output in graph.outputs {
      try enter(output.name)
      while let (node, next) = stack.last {
        let inputs = graph.nodes[node].inputs
        if next == inputs.count {
          state[node] = 2
          order.append(node)
          stack.removeLast()
        } else {
          stack[stack.count - 1].next += 1
          try enter(inputs[next])
        }
      }
    }
    reachable = order
  }
}
