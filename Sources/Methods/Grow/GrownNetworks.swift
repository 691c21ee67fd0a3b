import Basics
import Lanes
import Networks
import Pruning
import Tickets

/// The networks of all rounds, from the base to full depth, and how many weights each layer keeps in which round.
struct GrownNetworks: Sendable {
  /// By the number of blocks.
  let architectures: [Architecture]
  /// What makes each of the one before it.
  private let insertions: [Insertion]
  private let settings: GrowSettings

  /// - Throws: `Problem.usage` if a block cannot stand where it is to, or a hidden layer would keep no weight.
  init(_ base: Architecture, _ settings: GrowSettings) throws {
    var architectures = [base], insertions: [Insertion] = []
    for _ in 1..<settings.rounds {
      let last = architectures.last!
      let place = settings.after.isEmpty ? Insertion.lastPlace(in: last) ?? last.outputName : settings.after
      let insertion = Insertion(settings.insert, after: place)
      insertions.append(insertion)
      architectures.append(
        try GraphEdit.insert(insertion).applied(to: last).architecture)
    }
    (self.architectures, self.insertions, self.settings) = (architectures, insertions, settings)
    if let entry = prunable(full).first(where: { Self.kept(of: $0.count, settings.sparsity) < 1 }) {
      throw Problem.usage(
        "At a sparsity of \(settings.sparsity) the \(entry.count) weights of \(entry.layer) would all go.",
        remedy: "Choose a smaller --sparsity or a wider --model.")
    }
  }

  var full: Architecture { architectures.last! }

  /// How many blocks a network has during a round, counted from 1.
  ///
  /// Without growth it is the first network of the growth that has something to prune.
  func blocks(_ arm: GrowArm, _ round: Int) -> Int {
    if arm.isDeepFromStart { return settings.rounds - 1 }
    let most = arm == .continued ? (prunable(architectures[0]).isEmpty ? 1 : 0) : settings.rounds
    return min(round - 1, most)
  }

  func architecture(_ arm: GrowArm, _ round: Int) -> Architecture { architectures[blocks(arm, round)] }

  /// The insertion that makes a network of the one with a block less.
  func insertion(_ arm: GrowArm, blocks: Int) -> Insertion {
    var insertion = insertions[blocks - 1]
    insertion.isRandom = arm == .randomBlock
    return insertion
  }

  // MARK: counts

  /// Tensors that are pruned: all but those of the input and the output layer, unless these are as well.
  func prunable(_ architecture: Architecture) -> [ParameterLayout.Entry] {
    let entries = architecture.layout.prunable
    return settings.prunesEnds ? entries : Array(entries.dropFirst().dropLast())
  }

  /// Square tensors of inserted blocks with the places of their diagonals.
  func inserted(_ architecture: Architecture) -> [(entry: ParameterLayout.Entry, diagonal: [Int])] {
    let base = Set(architectures[0].nodes.map(\.name))
    return architecture.layout.prunable.filter { !base.contains($0.layer) }.map { entry in
      (entry, Insertion.diagonal(of: entry.shape) ?? [])
    }
  }

  /// Exactly round(sparsity N) of N go, half away from zero.
  private static func kept(of count: Int, _ sparsity: Double) -> Int {
    count - Int((sparsity * Double(count)).rounded())
  }

  /// What a tensor keeps after a round: the final count at once or, of networks that are deep from the start, the share
  /// (1 - sparsity)^(round / rounds), as iterative pruning takes the same share of the survivors each round.
  func kept(_ entry: ParameterLayout.Entry, _ arm: GrowArm, _ round: Int) -> Int {
    guard arm.prunes else { return entry.count }
    guard arm.isDeepFromStart, round < settings.rounds else { return Self.kept(of: entry.count, settings.sparsity) }
    let left = Deterministic.power(1 - settings.sparsity, Double(round) / Double(settings.rounds))
    return max(Self.kept(of: entry.count, settings.sparsity), Self.kept(of: entry.count, 1 - left))
  }

  /// The mask at the end of a round: of every tensor the largest survivors, of equal ones those of lower index.
  func pruned(_ mask: Mask, _ trained: Parameters, _ arm: GrowArm, _ round: Int) throws -> Mask {
    let entries = prunable(architecture(arm, round))
    let quota = entries.map { entry in
      (entry: entry, remove: max(0, mask.remaining(in: entry) - kept(entry, arm, round)))
    }
    return try Pruner.prune(mask, scores: trained.values.map(abs), quota: .each(quota))
  }

  /// The share of the weights that a round trains.
  func density(_ arm: GrowArm, _ round: Int) -> Double {
    let network = architecture(arm, round)
    guard round > 1 else { return 1 }
    let before = Set(architecture(arm, round - 1).nodes.map(\.name))
    let gone = prunable(network).reduce(0) { sum, entry in
      before.contains(entry.layer) ? sum + entry.count - kept(entry, arm, round - 1) : sum
    }
    return 1 - Double(gone) / Double(network.layout.prunableCount)
  }
}
