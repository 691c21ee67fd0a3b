import Networks
import Pruning

/// The square of a weight over the sum of squares of its layer's weights that are at least as large (Lee et al. 2021,
/// arXiv:2010.07611): the largest of every layer has the score 1 and goes last.
struct LAMP: Criterion {
  static let name = "lamp"
  static let summary = "w^2 of the trained weights over the squares of the larger ones of the layer"
  let needs = ScoringNeeds.trained
  let seesMask = true

  func scores(_ context: ScoringContext) -> [Float] {
    let weights = context.trained.values
    var scores = [Float](repeating: 0, count: weights.count)
    for layer in context.mask.layout.prunable {
      let survivors = layer.range.filter { context.mask.keeps[$0] }
      var sum = 0.0
      for i in survivors.sorted(by: { weights[$0].magnitude > weights[$1].magnitude }) where weights[i] != 0 {
        let square = Double(weights[i]) * Double(weights[i])
        sum += square
        scores[i] = Float(square / sum)
      }
    }
    return scores
  }
}
