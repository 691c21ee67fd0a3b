import Basics
import Datasets
import Experiments
import Exports
import Foundation
import Methods
import Networks
import Tickets
import Training

let readings = Readings(3000, seed: 0)
let dataset = try readings.values.withUnsafeBufferPointer { values in
  try Dataset(
    arrays: SampleArray(.floats(values.baseAddress!), shape: [readings.labels.count, Readings.length]),
    labels: readings.labels)
}

var settings = SearchSettings()
settings.data = dataset.name
settings.model = "mlp:64,32"
settings.rounds = 6
settings.fraction = 0.35
settings.recipe.steps = .epochs(20)
settings.recipe.batch = 32
try settings.apply("exclude=output")

let search = Runner(
  Find(FindSettings(settings), seeds: Array(0..<8)), threads: 2, output: URL(fileURLWithPath: "runs"))
let locator = DataLocator().holding(dataset)
let record = try search.run(locator: locator)
for sentence in record.verdict { print(sentence) }

let ticket = try Ticket(contentsOf: search.folder.appendingPathComponent("ticket.safetensors"))
print("\(ticket.mask.remaining) of \(ticket.mask.layout.prunableCount) weights are left")

let fresh = Readings(6, seed: 1), predictor = try Predictor(ticket, locator: locator)
var shares = [Float](repeating: 0, count: fresh.labels.count * predictor.classCount)
try fresh.values.withUnsafeBufferPointer { values in
  let samples = try SampleArray(.floats(values.baseAddress!), shape: [fresh.labels.count, Readings.length])
  try predictor.predict(samples, probabilities: &shares, outputs: nil)
}
for (i, label) in fresh.labels.enumerated() {
  let own = shares[i * predictor.classCount..<(i + 1) * predictor.classCount]
  let likely = own.indices.max { own[$0] < own[$1] }! - own.startIndex
  print("\(Fault(rawValue: label)!) is taken for \(Fault(rawValue: Int32(likely))!)")
}
