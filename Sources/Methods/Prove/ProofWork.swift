import Basics
import Datasets
import Experiments
import Foundation
import Lanes
import Networks
import Tickets
import Training

/// The construction of one seed: draws, prunes, bounds and measures.
struct ProofWork {
  let prove: Prove
  let bench: Bench<Prove.Material>

  private var settings: ProveSettings { prove.settings }
  private var training: TrainingMaterial { bench.material.training }

  /// Does it unless its record is there.
  func carryOut() throws {
    guard let ticket = bench.material.ticket ?? bench.store.ticket(Prove.targetStage), let trained = ticket.trained
    else {
      throw bench.store.missing(Prove.targetStage)
    }
    let digest = Digest.sha256(trained.values)
    if let kept: ProofRecord = bench.store.value(Prove.proofStage), kept.targetDigest == digest,
      Certificate.isThere(bench.store, kept.keptDigest)
    {
      return
    }
    var clock = ContinuousClock.now
    func seconds() -> Double {
      defer { clock = .now }
      let parts = (ContinuousClock.now - clock).components
      return Double(parts.seconds) + Double(parts.attoseconds) * 1e-18
    }
    let inputs = ProofInputs(training.data, settings.halves)
    let target = try TargetNetwork(training.architecture, trained).reading(origin: inputs.origin, scale: inputs.scale)
    let proof = try construct(target, isNonNegative: inputs.isNonNegative)
    let network = proof.network(), construction = seconds()
    let domains = [inputs.box, InputDomain.ball(target.layers[0].inputs, isNonNegative: inputs.isNonNegative)]
    let bounds = proof.bounds(domains)
    let bounding = seconds()
    let measured = try Measurement(
      target.network, network, inputs, training.data.test, domains, points: settings.points, seed: bench.seed,
      threads: bench.threads)
    let certificate = Certificate(proof, network, settings, seed: bench.seed, targetDigest: digest)
    try certificate.write(to: bench.store)
    let record = ProofRecord(
      targetDigest: digest, keptDigest: certificate.digest, targetDensity: ticket.mask.density,
      isNonNegative: inputs.isNonNegative, targetAccuracy: measured.targetAccuracy,
      prunedAccuracy: measured.prunedAccuracy, agreement: measured.agreement, testSamples: training.data.test.count,
      testSetError: measured.testSetError,
      box: .init(certified: bounds.last![0], measured: measured.errors[0]),
      ball: .init(certified: bounds.last![1], measured: measured.errors[1]),
      layers: proof.pairs.indices.map { i in
        ProofLayer(
          proof.pairs[i], (network.layers[2 * i], network.layers[2 * i + 1]), error: settings.error, bounds: bounds[i])
      },
      resolution: Resolution(error: settings.error, trials: 1000, seed: bench.seed),
      seconds: ["construction": construction, "bounds": bounding, "measuring": seconds()])
    try bench.store.keep(record, Prove.proofStage)
    try bench.store.journal.record([
      Event(
        kind: "measured", stage: "seed-\(bench.seed)/\(Prove.proofStage)",
        values: ["prunedAccuracy": record.prunedAccuracy, "certifiedBound": record.box.certified])
    ])
  }

  private func construct(_ target: TargetNetwork, isNonNegative: Bool) throws -> Proof {
    let proof = Proof(
      target, isNonNegative: isNonNegative, error: settings.error, candidates: settings.candidates,
      method: settings.method, seed: bench.seed, threads: bench.threads, isStopped: { Interruption.isRequested })
    if Interruption.isRequested { throw Interruption.problem }
    return proof
  }
}

/// What a construction takes as its network's inputs: the target's, or for images pixels from 0 to 1.
struct ProofInputs {
  /// Whether they run from 0 at the smallest number of the data set to 1 at the largest.
  let isNonNegative: Bool
  /// The target's inputs are origin + scale times these.
  let origin: [Double]
  let scale: [Double]
  /// The box of all samples whose stored numbers lie between the data set's smallest and largest.
  let box: InputDomain

  init(_ data: TrainingData, _ halves: ProveSettings.Halves) {
    var isImage = false
    let ends = [data.dataset.train, data.dataset.test].map { split -> (low: Float, high: Float) in
      switch split.pixels {
      case .bytes(let values):
        isImage = true
        return (Float(values.min()!), Float(values.max()!))
      case .floats(let values): return (values.min()!, values.max()!)
      }
    }
    let source = data.test.source, plane = data.test.sampleCount / source.multipliers.count
    func input(_ stored: Float) -> [Double] {
      (0..<data.test.sampleCount).map {
        Double(source.shifts[$0 / plane].addingProduct(stored, source.multipliers[$0 / plane]))
      }
    }
    let low = input(min(ends[0].low, ends[1].low)), high = input(max(ends[0].high, ends[1].high))
    isNonNegative = halves == .positive || (halves == .auto && isImage)
    let ones = low.map { _ in 1.0 }, zeros = low.map { _ in 0.0 }
    origin = isNonNegative ? low : zeros
    // A channel without contrast stays as it is.
    scale = isNonNegative ? zip(low, high).map { $1 > $0 ? $1 - $0 : 1 } : ones
    box = isNonNegative ? InputDomain(low: zeros, high: ones) : InputDomain(low: low, high: high)
  }

  func input(_ sample: Int, _ store: SampleStore) -> [Double] {
    let input = store.input(sample)
    return input.indices.map { (Double(input[$0]) - origin[$0]) / scale[$0] }
  }
}
