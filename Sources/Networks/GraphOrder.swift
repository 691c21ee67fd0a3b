import Basics

/// Brings the nodes of a graph file into an order in which they can run, the one that gives the outputs last.
struct GraphOrder {
  private let nodes: [GraphNode]
  private let byName: [String: GraphNode]

  /// - Throws: `Problem.badData` if two nodes have one name or a node reads one that is not there.
  init(_ nodes: [GraphNode]) throws {
    self.nodes = nodes
    byName = Dictionary(nodes.map { ($0.name, $0) }) { first, _ in first }
    var seen: Set<String> = []
    for node in nodes where !seen.insert(node.name).inserted {
      throw Problem.badData("Two nodes are named '\(node.name)'.", remedy: "Give every node a name of its own.")
    }
    for node in nodes {
      for input in node.inputs where input != Architecture.inputName && byName[input] == nil {
        throw Problem.badData(
          "Node '\(node.name)' reads '\(input)', which is no node.",
          remedy: Suggestion.sentence(for: input, among: nodes.map(\.name) + [Architecture.inputName]))
      }
    }
  }

  /// - Throws: `Problem.badData` naming the nodes of a circle, or those whose outputs nobody reads.
  func sorted() throws -> [GraphNode] {
    var done: Set<String> = [Architecture.inputName], order: [GraphNode] = [], rest = nodes
    while !rest.isEmpty {
      var waiting: [GraphNode] = []
      for node in rest {
        if node.inputs.allSatisfy(done.contains) {
          order.append(node)
          done.insert(node.name)
        } else {
          waiting.append(node)
        }
      }
      guard waiting.count < rest.count else { throw circle(from: rest[0], among: done) }
      rest = waiting
    }
    return try endingWithOutput(order)
  }

  private func endingWithOutput(_ order: [GraphNode]) throws -> [GraphNode] {
    let read = Set(order.flatMap(\.inputs)), ends = order.filter { !read.contains($0.name) }
    guard ends.count == 1 else {
      throw Problem.badData(
        "No node reads \(ends.map { "'\($0.name)'" }.joined(separator: " and ")).",
        remedy: "Only the node that gives the outputs may be read by none.")
    }
    return order.filter { $0.name != ends[0].name } + ends
  }

  /// Follows inputs that are not computed until a node comes up again.
  private func circle(from start: GraphNode, among done: Set<String>) -> Problem {
    var path = [start.name]
    while true {
      let next = byName[path.last!]!.inputs.first { !done.contains($0) }!
      if let first = path.firstIndex(of: next) {
        let names = (path[first...] + [next]).map { "'\($0)'" }.joined(separator: ", which reads ")
        return .badData("The nodes form a circle: \(names).", remedy: "Let one of them read an earlier node.")
      }
      path.append(next)
    }
  }
}
