import Basics

/// Which block of a network becomes which blocks of another of its family: blocks are repeated, dropped and re-ordered within
/// their stages.
///
/// Written as in the code of Chen et al. 2021 (arXiv:2103.16547): `0:0;1:1,2;2:3,4` has the source's block 1 become blocks 1
/// and 2 of the target. One such map for all stages, or one for each with `|` between them.
public struct BlockMap: Equatable, Sendable {
  /// Of each stage the source's block that every block of the target is.
  public let sources: [[Int]]

  /// - Precondition: The first block of every stage comes first, and nowhere else.
  public init(_ sources: [[Int]]) {
    precondition(
      sources.allSatisfy { $0.first == 0 && !$0.dropFirst().contains(0) }, "\(sources) moves a fixed block")
    self.sources = sources
  }

  /// - Parameter stages: How many blocks every stage of the source has.
  /// - Throws: `Problem.usage` if the text is no map, or one that misses or repeats a block of the target.
  public init(_ text: String, stages: [Int]) throws {
    let parts = text.split(separator: "|", omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 1 || parts.count == stages.count else {
      throw Problem.usage(
        "The map '\(text)' is for \(parts.count) stages; the ticket's network has \(stages.count).",
        remedy: "Write one map for all stages, or one for each with | between them.")
    }
    sources = try stages.enumerated().map { stage, count in
      try Self.stage(parts[parts.count == 1 ? 0 : stage], blocks: count, of: stage + 1)
    }
  }

  private static func stage(_ text: String, blocks: Int, of stage: Int) throws -> [Int] {
    func refusal(_ what: String, _ remedy: String) -> Problem {
      .usage("The map '\(text)' of stage \(stage) \(what).", remedy: remedy)
    }
    let pairs = try text.split(separator: ";", omittingEmptySubsequences: false).flatMap { entry -> [(Int, Int)] in
      let sides = entry.split(separator: ":", omittingEmptySubsequences: false)
      let targets = sides.last!.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) }
      guard sides.count == 2, let source = Int(sides[0]), !targets.contains(nil) else {
        throw refusal("cannot be read at '\(entry)'", "Write SOURCE:TARGET,TARGET;SOURCE:TARGET, as in 0:0;1:1,2.")
      }
      return targets.map { (source, $0!) }
    }
    let targets = pairs.map(\.1)
    if let unknown = pairs.first(where: { !(0..<blocks).contains($0.0) }) {
      throw refusal("names block \(unknown.0)", "The ticket's network has blocks 0 to \(blocks - 1) there.")
    }
    if let twice = targets.first(where: { block in targets.count { $0 == block } > 1 }) {
      throw refusal("writes block \(twice) more than once", "Name every block of the target once.")
    }
    if let gap = (0..<targets.count).first(where: { !targets.contains($0) }) {
      throw refusal("writes no block \(gap)", "Name every block of the target from 0 to the last, once.")
    }
    let sources = pairs.sorted { $0.1 < $1.1 }.map(\.0)
    guard sources[0] == 0, !sources.dropFirst().contains(0) else {
      throw refusal(
        "moves the fixed block 0", "Write 0:0, and give the other blocks of the target others of the source.")
    }
    return sources
  }

  /// The same blocks in the same places.
  public var isIdentity: Bool { sources.allSatisfy { $0 == Array(0..<$0.count) } }

  /// How many blocks every stage of the target has.
  public var targetBlocks: [Int] { sources.map(\.count) }

  /// The map that takes the target back to the source, where no block was dropped: of repeated blocks the first.
  ///
  /// - Parameter stages: How many blocks every stage of the source has.
  public func inverse(stages: [Int]) -> BlockMap? {
    let back = zip(sources, stages).map { sources, count in (0..<count).map { sources.firstIndex(of: $0) } }
    guard !back.joined().contains(nil) else { return nil }
    return BlockMap(back.map { $0.map { $0! } })
  }
}

extension BlockMap: CustomStringConvertible {
  public var description: String {
    let texts = sources.map { sources in
      Set(sources).sorted().map { source in
        "\(source):\(sources.indices.filter { sources[$0] == source }.map(String.init).joined(separator: ","))"
      }.joined(separator: ";")
    }
    return Set(texts).count == 1 ? texts[0] : texts.joined(separator: "|")
  }
}

// MARK: - The maps of the paper

extension BlockMap {
  /// Whether the copies of a block follow it, or come after all blocks.
  public enum Order: String, CaseIterable, Sendable { case interpolate, append }
  /// Which blocks are copied, and which dropped.
  public enum Choice: String, CaseIterable, Sendable { case all, alternate, early, late }

  /// Repeats blocks: all of them equally often, the earliest once more where that does not come out even; or the first or
  /// last half of them alone.
  ///
  /// - Parameters:
  ///   - stages: How many blocks every stage has.
  ///   - choice: All, early or late.
  /// - Throws: `Problem.usage` if a stage has fewer blocks in the target, or none to copy.
  public static func stretching(_ stages: [Int], to target: [Int], order: Order, choice: Choice) throws -> BlockMap {
    BlockMap(
      try zip(stages, target).enumerated().map { stage, counts in
        let elastic = counts.0 - 1, wanted = counts.1 - 1
        guard wanted >= elastic else {
          throw Problem.usage(
            "Stage \(stage + 1) has \(counts.1) blocks in the target and \(counts.0) in the ticket's network.",
            remedy: "Use tombola squeeze, which drops blocks.")
        }
        guard wanted == elastic || elastic > 0 else {
          throw Problem.usage(
            "Stage \(stage + 1) of the ticket's network has a fixed block alone, none that could be copied.",
            remedy: "Take a ticket of a network with two or more blocks a stage.")
        }
        return [0] + ordered(copies(elastic, wanted, choice), order)
      })
  }

  /// How often each elastic block is there.
  private static func copies(_ elastic: Int, _ wanted: Int, _ choice: Choice) -> [Int] {
    let half = (elastic + 1) / 2
    let chosen = choice == .early ? 0..<half : choice == .late ? elastic - half..<elastic : 0..<elastic
    var counts = [Int](repeating: 1, count: elastic)
    for i in 0..<wanted - elastic { counts[chosen.lowerBound + i % chosen.count] += 1 }
    return counts
  }

  private static func ordered(_ copies: [Int], _ order: Order) -> [Int] {
    switch order {
    case .interpolate: copies.enumerated().flatMap { [Int](repeating: $0 + 1, count: $1) }
    case .append:
      (0..<(copies.max() ?? 0)).flatMap { pass in copies.indices.filter { copies[$0] > pass }.map { $0 + 1 } }
    }
  }

  /// Drops blocks: evenly spread, the earliest, or the latest.
  ///
  /// - Parameter choice: Alternate, early or late.
  /// - Throws: `Problem.usage` if a stage has more blocks in the target, or none.
  public static func squeezing(_ stages: [Int], to target: [Int], choice: Choice) throws -> BlockMap {
    BlockMap(
      try zip(stages, target).enumerated().map { stage, counts in
        let elastic = counts.0 - 1, wanted = counts.1 - 1
        guard wanted <= elastic else {
          throw Problem.usage(
            "Stage \(stage + 1) has \(counts.1) blocks in the target and \(counts.0) in the ticket's network.",
            remedy: "Use tombola stretch, which copies blocks.")
        }
        return [0]
          + (0..<wanted).map { i in
            switch choice {
            case .early: elastic - wanted + i + 1
            case .late: i + 1
            case .all, .alternate: i * elastic / wanted + 1
            }
          }
      })
  }
}
