import Basics
import Datasets
import Lanes
import Networks
import Pruning
import Tickets
import Training

/// The rounds of one arm and seed: train, rank each hidden layer's weights and biases together, remove a share of the
/// smallest, put the rest back to the rewind step, and repeat until a layer runs out of units.
///
/// Pellegrini & Biroli 2022 (arXiv:2104.13343), after their code.
struct SiftLadder: Sendable {
  let settings: SiftSettings
  let ground: Sift.Ground
  let seed: UInt64
  let bench: StageTrainer

  private var search: SearchSettings { settings.search }
  private var layout: ParameterLayout { bench.architecture.layout }
  private var recipe: Recipe {
    var recipe = search.recipe
    recipe.orderSeed = seed
    return recipe
  }
  private var rewindStep: Int {
    search.rewind.iterations(perEpoch: bench.stepsPerEpoch(recipe))
  }
  /// The layers that are pruned, in order.
  static func hidden(_ layout: ParameterLayout) -> [ParameterLayout.Entry] { layout.prunable.dropLast() }

  func climb() throws {
    var mask = firstMask
    let start = try rewindPoint(mask), dense = try train(0, mask, from: initial, at: 0)
    var trained = dense
    for round in 1...search.rounds {
      mask = try pruned(mask, trained: ground.arm == .oneShot ? dense : trained)
      guard Self.liveShares(mask).allSatisfy({ $0 > settings.stop }) else { return }
      trained = try train(round, mask, from: start, at: rewindStep)
    }
  }

  /// Share of each hidden layer's units that a surviving weight leads into.
  static func liveShares(_ mask: Mask) -> [Double] {
    hidden(mask.layout).map { entry in
      let rows = entry.shape.dimensions[0], columns = entry.shape.dimensions[1]
      let live = (0..<rows).count { row in
        mask.keeps[entry.offset + row * columns..<entry.offset + (row + 1) * columns].contains(true)
      }
      return Double(live) / Double(rows)
    }
  }

  // MARK: where it begins

  /// Permuted like the pixels in the arm of that name: column i goes where pixel i went.
  private var initial: Parameters {
    var result = search.initializer.parameters(for: layout, seed: seed)
    guard ground.arm == .permutedAlike, let entry = layout.prunable.first else { return result }
    let old = result.values, inputs = entry.shape.dimensions[1], places = Self.places(ground.shape)
    for i in entry.range {
      let place = i - entry.offset
      result.values[i] = old[entry.offset + place / inputs * inputs + places[place % inputs]]
    }
    return result
  }

  /// The old place of every input of permuted images.
  static func places(_ shape: FeatureShape) -> [Int] {
    let plane = shape.height * shape.width, order = PermutedPixels.order(pixels: plane, seed: 0)
    return (0..<shape.count).map { $0 / plane * plane + order[$0 % plane] }
  }

  /// Without the weights of pixels that never change, which would keep their initial values and survive by them.
  private var firstMask: Mask {
    var mask = Mask(fullFor: layout)
    if ground.arm == .randomMask { thin(&mask) }
    guard let entry = layout.prunable.first else { return mask }
    for (place, i) in entry.range.enumerated() where !ground.available[place % ground.available.count] {
      mask.keeps[i] = false
    }
    return mask
  }

  /// Keeps round(density n) weights of each hidden layer. Streams: `sift-mask/TENSOR`.
  private func thin(_ mask: inout Mask) {
    for entry in Self.hidden(layout) {
      var random = RandomStream(seed: seed, "sift-mask/\(entry.name)")
      let keep = Int((settings.startDensity * Double(entry.count)).rounded())
      for place in random.permutation(of: entry.count).dropFirst(keep) { mask.keeps[entry.offset + Int(place)] = false }
    }
  }

  // MARK: rounds

  private func pruned(_ mask: Mask, trained: Parameters) throws -> Mask {
    let scores = trained.values.map(\.magnitude)
    return try Self.hidden(layout).reduce(mask) { mask, weights in
      let ranked = layout.entries(of: weights.layer).filter {
        $0.shape.role == .weight || (settings.biases && $0.shape.role == .bias)
      }
      let survivors = ranked.reduce(0) { $0 + mask.remaining(in: $1) }
      let count = Int((search.fraction * Double(survivors)).rounded())
      return try Pruner.prune(mask, scores: scores, quota: .together(count, ranked))
    }
  }

  private func rewindPoint(_ mask: Mask) throws -> Parameters {
    let stage = "rewind-point"
    if rewindStep == 0 { return initial }
    if let kept = bench.store.ticket(stage), kept.startStep == rewindStep { return kept.start }
    let begin = TrainingStart(parameters: initial, mask: mask, step: 0, recipe: recipe)
    let point = try bench.weights(from: begin, after: rewindStep)
    try ticket(mask, start: point, at: rewindStep, trained: nil, round: 0).file().write(
      to: bench.store.ticketURL(stage))
    return point
  }

  private func train(_ round: Int, _ mask: Mask, from start: Parameters, at step: Int) throws -> Parameters {
    let begin = TrainingStart(parameters: start, mask: mask, step: step, recipe: recipe)
    return try bench.trainKept(Lab.stage(round), from: begin) { outcome in
      var ticket = ticket(mask, start: start, at: step, trained: outcome.parameters, round: round)
      ticket.metrics = [
        "testAccuracy": outcome.last.testAccuracy, "validationAccuracy": outcome.last.validationAccuracy,
      ]
      return ticket
    }.parameters
  }

  private func ticket(_ mask: Mask, start: Parameters, at step: Int, trained: Parameters?, round: Int) -> Ticket {
    Ticket(
      architecture: bench.architecture, mask: mask, start: start, startStep: step, trained: trained, seed: seed,
      round: round, settings: ground.settings.texts)
  }
}
