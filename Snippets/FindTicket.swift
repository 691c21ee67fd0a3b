// Finds a ticket of a small network on the built-in digits, reads it back and trains it once more.
import Datasets
import Foundation
import Basics
import Experiments
import Lanes
import Methods
import Networks
import Tickets
import Training

var settings = SearchSettings()
settings.data = "digits"
settings.rounds = 8
settings.recipe.steps = .epochs(30)
settings.recipe.batch = 32
try settings.apply("exclude=output")

let folder = URL(fileURLWithPath: "runs")
let search = Runner(Find(FindSettings(settings), seeds: [0, 1, 2]), threads: 2, output: folder)
let record = try search.run(locator: DataLocator())
for sentence in record.verdict { print(sentence) }

// It is there if a round matches the dense network.
if let ticket = try? Ticket(contentsOf: search.folder.appendingPathComponent("ticket.safetensors")) {
  print("\(ticket.mask.remaining) of \(ticket.mask.layout.prunableCount) weights, digest \(ticket.digest)")

  // The same training by hand: same bits as in the search.
  var recipe = settings.recipe
  recipe.orderSeed = ticket.seed
  let (data, architecture) = try settings.prepare(DataLocator())
  let run = Run(
    architecture, start: ticket.start, mask: ticket.mask, at: ticket.startStep, recipe: recipe, data: data,
    pool: ThreadPool(threads: 2))
  let outcome = try Trainer().train(run)
  print("test accuracy \(outcome.last.testAccuracy), the same weights: \(outcome.parameters == ticket.trained)")
}
