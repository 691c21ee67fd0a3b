import Basics
import Detectors
import Experiments
import Foundation
import Networks
import Pruning
import Tickets
import Training

/// How early in dense training the mask that pruning takes at its end is there: intersection over union of the kept weights, at every
/// evaluation.
struct MaskTrack: Sendable {
  /// By step.
  struct Overlaps: Codable, Sendable {
    var sparsity: Double
    var steps: [Int]
    var overlaps: [Double]
  }

  static let stage = "dense.stability"

  private let store: StageStore
  private let layout: ParameterLayout
  private let sparsity: Double?
  private let prune: @Sendable (Parameters) throws -> Mask

  /// Of the largest sparsity that is asked for.
  init(settings: DetectSettings, bench: Bench<DetectMaterial>, detector: Detector) throws {
    store = bench.store
    layout = detector.architecture.layout
    sparsity = settings.sparsityValues.last
    let entries = try bench.material.scope(settings, detector), full = Mask(fullFor: layout)
    let allocation = try AllocationCatalog.allocation(named: settings.search.allocation), fraction = sparsity ?? 0
    prune = { weights in
      let quota = try allocation.quota(AllocationRequest(mask: full, fraction: fraction, entries: entries))
      return try Pruner.prune(full, scores: weights.values.map(abs), quota: quota, allowsEmptyLayers: true)
    }
  }

  private func name(_ step: Int) -> String { "dense.mask-\(step)" }

  /// Keeps the mask of a step until training ends, so that one that was cut off has all.
  func note(_ run: Run) throws {
    guard sparsity != nil, store.mask(name(run.iteration), layout) == nil else { return }
    try store.save(try prune(run.parameters), name(run.iteration), seconds: 0)
  }

  private var kept: Overlaps? { store.value(Self.stage) }
  private func hasMask(_ point: CurvePoint) -> Bool { store.mask(name(point.step), layout) != nil }

  /// Lets a training stand, or go on, only where the masks are there that it noted: without them it begins anew.
  func check() {
    guard sparsity != nil, kept == nil else { return }
    if let record = store.record("dense"), !record.curve.allSatisfy(hasMask) { store.removeRecord("dense") }
    if let (_, curve) = store.checkpoint("dense", layout, pixels: 0), !curve.allSatisfy(hasMask) {
      store.removeCheckpoint("dense")
    }
  }

  func finish(_ trained: Parameters) throws {
    guard let sparsity, let record = store.record("dense") else { return }
    if kept == nil {
      let last = try prune(trained)
      var result = Overlaps(sparsity: sparsity, steps: [], overlaps: [])
      for step in record.curve.map(\.step) {
        guard let mask = store.mask(name(step), layout)?.mask else { continue }
        result.steps.append(step)
        result.overlaps.append(mask.overlap(with: last))
      }
      try store.keep(result, Self.stage)
    }
    for step in record.curve.map(\.step) { store.removeMask(name(step)) }
  }
}

extension Mask {
  /// Intersection over union of the prunable weights that stay.
  func overlap(with other: Mask) -> Double {
    let both = intersection(other).remaining
    return Double(both) / Double(max(1, remaining + other.remaining - both))
  }
}
