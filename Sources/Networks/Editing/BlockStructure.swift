public import Basics

/// The stages and blocks of a network, as its graph has them: names play no part.
///
/// A block begins and ends where a single tensor passes from the nodes before to those behind. In networks with sums blocks
/// are what a sum closes, with the rectifier behind it; elsewhere a layer with weights and what follows it (batch norm,
/// rectifier, dropout). Blocks whose outputs have the same shape make a stage. The first of a stage, which brings the shape
/// about, is *fixed*; the others, alike and each leaving the shape as it is, are *elastic*: they can be dropped, repeated and
/// re-ordered. Everything else (stem, pooling, output layer) is fixed. With residual networks and VGGs these are the blocks
/// of Chen et al. 2021, "The Elastic Lottery Ticket Hypothesis" (arXiv:2103.16547).
public struct BlockStructure: Equatable, Sendable {
  /// Nodes of an architecture, by their places.
  public struct Block: Equatable, Sendable {
    public let nodes: Range<Int>
  }

  public struct Stage: Equatable, Sendable {
    /// The first is fixed, the others are elastic.
    public let blocks: [Block]
    public let shape: FeatureShape
    public var elastic: Int { blocks.count - 1 }
  }

  /// What a network consists of, in order.
  enum Part: Equatable {
    case fixed(Range<Int>)
    case stage(Int)
  }

  public let stages: [Stage]
  let parts: [Part]

  public init(_ architecture: Architecture) {
    (stages, parts) = BlockReader(architecture).read()
  }
}

extension BlockStructure: CustomStringConvertible {
  /// `16x32x32: 1 + 2, 32x16x16: 1 + 2`: fixed and elastic blocks of each stage.
  public var description: String {
    stages.map { "\($0.shape): 1 + \($0.elastic)" }.joined(separator: ", ")
  }
}

/// Finds the blocks of a network.
private struct BlockReader {
  private let architecture: Architecture
  private var nodes: [Architecture.Node] { architecture.nodes }

  init(_ architecture: Architecture) { self.architecture = architecture }

  /// Nodes between two places at which a single tensor passes.
  private struct Segment {
    var nodes: Range<Int>
    /// Whether a layer in it has weights that can be pruned.
    var hasWeights: Bool
    var isResidual: Bool
  }

  /// A block with what follows it up to the next one.
  private struct Candidate {
    var core: Range<Int>
    /// Where the segments end that follow, have no weights and leave the shape as it is.
    var tail: Int
  }

  func read() -> (stages: [BlockStructure.Stage], parts: [BlockStructure.Part]) {
    let segments = segments, isResidual = segments.contains(where: \.isResidual)
    var stages: [BlockStructure.Stage] = [], parts: [BlockStructure.Part] = [], fixed = 0
    for var run in runs(candidates(segments, residual: isResidual)) {
      trim(&run)
      let start = run[0].core.lowerBound
      if start > fixed { parts.append(.fixed(fixed..<start)) }
      parts.append(.stage(stages.count))
      stages.append(
        BlockStructure.Stage(
          blocks: run.map { BlockStructure.Block(nodes: $0.core.lowerBound..<$0.tail) },
          shape: output(run[0].core)))
      fixed = run.last!.tail
    }
    if fixed < nodes.count { parts.append(.fixed(fixed..<nodes.count)) }
    return (stages, parts)
  }

  private var segments: [Segment] {
    var lastUse: [String: Int] = [:]
    for (i, node) in nodes.enumerated() { for input in node.inputs { lastUse[input] = i } }
    var result: [Segment] = [], start = 0, reach = lastUse[Architecture.inputName] ?? -1
    for (i, node) in nodes.enumerated() {
      if reach <= i {
        let range = start..<i + 1
        result.append(
          Segment(
            nodes: range,
            hasWeights: range.contains { place in
              nodes[place].layer.parameters(of: architecture.inputShapes(of: nodes[place])).contains {
                $0.role == .weight
              }
            }, isResidual: range.contains { nodes[$0].inputs.count > 1 }))
        start = i + 1
      }
      reach = max(reach, lastUse[node.name] ?? -1)
    }
    return result
  }

  /// All blocks but the output layer, each with its tail.
  private func candidates(_ segments: [Segment], residual: Bool) -> [Candidate] {
    var result: [Candidate] = [], isOpen = false
    let last = segments.last(where: \.hasWeights)?.nodes
    for segment in segments {
      if segment.hasWeights {
        isOpen = segment.isResidual == residual && segment.nodes != last
        if isOpen {
          result.append(Candidate(core: segment.nodes, tail: segment.nodes.upperBound))
        }
      } else if isOpen, keepsShape(segment.nodes) {
        result[result.count - 1].tail = segment.nodes.upperBound
      } else {
        isOpen = false
      }
    }
    return result
  }

  private func keepsShape(_ range: Range<Int>) -> Bool { input(range) == output(range) }
  private func output(_ range: Range<Int>) -> FeatureShape { architecture.shapes[nodes[range.upperBound - 1].name]! }
  private func input(_ range: Range<Int>) -> FeatureShape {
    architecture.shapes[range.lowerBound == 0 ? Architecture.inputName : nodes[range.lowerBound - 1].name]!
  }

  /// Blocks that follow each other and leave the shape as the first of them made it, those from the second on alike.
  private func runs(_ candidates: [Candidate]) -> [[Candidate]] {
    candidates.reduce(into: []) { runs, next in
      guard let run = runs.last, let last = run.last, last.tail == next.core.lowerBound, keepsShape(next.core),
        run.count < 2 || isAlike(run[1].core, next.core), isAlike(tail(run[0]), tail(last))
      else { return runs.append([next]) }
      runs[runs.count - 1].append(next)
    }
  }

  private func tail(_ block: Candidate) -> Range<Int> { block.core.upperBound..<block.tail }

  /// Takes from the last block's tail what the others do not have, so that it stays where it is.
  private func trim(_ run: inout [Candidate]) {
    let last = run.count - 1
    guard last > 0 else { return }
    let common = zip(tail(run[last]), tail(run[0])).prefix { nodes[$0].layer.isSame(as: nodes[$1].layer) }.count
    run[last].tail = run[last].core.upperBound + common
  }

  /// Whether two runs of nodes compute the same.
  private func isAlike(_ a: Range<Int>, _ b: Range<Int>) -> Bool {
    guard a.count == b.count else { return false }
    func inputs(_ place: Int, in range: Range<Int>) -> [Int] {
      nodes[place].inputs.map { name in
        range.first { nodes[$0].name == name }.map { $0 - range.lowerBound } ?? -1
      }
    }
    return zip(a, b).allSatisfy {
      nodes[$0].layer.isSame(as: nodes[$1].layer) && inputs($0, in: a) == inputs($1, in: b)
    }
  }
}
