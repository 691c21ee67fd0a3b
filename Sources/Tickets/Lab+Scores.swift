import Basics
import Networks
import Pruning
import Training

extension Lab {
  /// Whether the scores of a pruning are wanted and not there.
  package func lacksScores(_ stage: String) -> Bool {
    settings.keepsScores && (try? SafetensorsFile(contentsOf: bench.store.scoresURL(stage))) == nil
  }

  /// Writes the scores of every pass, the mask before the first, and the samples that they rest on, by their places in the
  /// data set's training set.
  func keep(_ log: ScoringLog, of mask: Mask, _ stage: String) throws {
    let passes = log.passes, split = settings.scoring.source
    var file = SafetensorsFile(metadata: ["format": "tombola-scores-1", "seed": "\(seed)", "split": split.rawValue])
    file.add("mask", bytes: mask.packedBits)
    file.add("scores", passes.flatMap(\.scores), shape: [passes.count, mask.layout.count])
    if let batches = passes.first?.batches, !batches.isEmpty {
      let places = try bench.data.places, split = split == .train ? places.train : places.validation
      file.add(
        "samples", passes.flatMap { $0.batches.joined().map { split[Int($0)] } },
        shape: [passes.count, batches.count, batches[0].count])
    }
    try file.write(to: bench.store.scoresURL(stage))
  }
}
