import Basics
import Foundation
import Lanes
import Networks
import Tickets
import Training

/// Accuracy of a trained network without some units of its first layer: those with most or fewest connections, or any.
///
/// A removed unit's outgoing weights are zero, so that its batch norm adds nothing either.
struct NodeAblation {
  let ticket: Ticket
  let data: TrainingData
  let recipe: Recipe

  /// Stream: `sift-ablation` of the ticket's seed.
  func curves() -> [SiftFinding.Ablation] {
    guard let trained = ticket.trained, ticket.mask.layout.prunable.count >= 2 else { return [] }
    let layout = ticket.mask.layout, first = layout.prunable[0], second = layout.prunable[1]
    let units = first.shape.dimensions[0], columns = first.shape.dimensions[1]
    let degrees = (0..<units).map { unit in
      (first.offset + unit * columns..<first.offset + (unit + 1) * columns).count { ticket.mask.keeps[$0] }
    }
    var random = RandomStream(seed: ticket.seed, "sift-ablation")
    let most = (0..<units).sorted { (degrees[$1], $0) < (degrees[$0], $1) }
    let orders = [
      ("most", most), ("fewest", Array(most.reversed())), ("random", random.permutation(of: units).map(Int.init)),
    ]
    let run = Run(
      ticket.architecture, start: trained, mask: ticket.mask, recipe: recipe, data: data,
      pool: ThreadPool(threads: ProcessInfo.processInfo.activeProcessorCount))
    let counts = [0, 1, 2, 4, 6, 8, 10, 12, 14, 16].map { $0 * units / 16 }
    return orders.map { name, order in
      SiftFinding.Ablation(
        order: name, removed: counts,
        testAccuracy: counts.map { accuracy(run, trained, removing: order.prefix($0), from: second) })
    }
  }

  private func accuracy(
    _ run: Run, _ trained: Parameters, removing units: ArraySlice<Int>, from entry: ParameterLayout.Entry
  ) -> Double {
    var parameters = trained
    let columns = entry.shape.dimensions[1]
    for unit in units {
      for row in 0..<entry.shape.dimensions[0] { parameters.values[entry.offset + row * columns + unit] = 0 }
    }
    var state = run.state
    state.parameters = parameters
    run.state = state
    return run.evaluate(.test).accuracy
  }
}
