import Analysis
import ArgumentParser
import Basics
import Foundation
import Networks
import Pages
import Tickets

struct InspectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect", abstract: "Show what a ticket file holds, layer by layer.")

  @Argument(help: "A ticket file.") var ticket: String
  @Option(help: "Write a compact copy here: no weights, they are rebuilt from the seed.") var compact: String?
  @Flag(help: "Print one JSON object instead of the table.") var json = false

  func run() throws {
    let url = URL(fileURLWithPath: ticket)
    let value = try Ticket(contentsOf: url)
    let bytes = (try? FileManager.default.attributesOfItem(atPath: ticket)[.size] as? Int) ?? 0
    let inspection = TicketInspection(value, bytes: bytes)
    if json { try Terminal.json(inspection) } else { Terminal.print(inspection.text) }
    if let compact {
      let data = try value.file(compact: true).encoded()
      try AtomicFile.write(data, to: URL(fileURLWithPath: compact))
      Terminal.note("compact ticket: \(compact) (\(data.count) bytes)")
    }
  }
}

/// What `inspect` shows.
struct TicketInspection: Encodable {
  struct Layer: Encodable {
    var name: String
    var weights, remaining, effective, units, deadUnits: Int
    /// For a sample, forward: of all weights, and of those that are left.
    var denseMultiplyAdds, multiplyAdds: Int
    var density: Double
  }
  var model: String
  var seed: UInt64
  var round, startStep, bytes: Int
  var weights, remaining, effective, denseMultiplyAdds, multiplyAdds: Int
  var density: Double
  /// Survivors by all parameters, biases included.
  var networkDensity: Double
  var bitsWithBitmap, bitsAtEntropy, bitsDense: Int
  var digest: String
  var holdsTrainedWeights: Bool
  /// Of a binary ticket: the mask's code and its entropy, in bytes.
  var maskStorage: Ticket.MaskStorage?
  var metrics: [String: Double]
  /// What it was made by of another network's ticket, in order.
  var edits: [String]
  var layers: [Layer]
  var architecture: String

  init(_ ticket: Ticket, bytes: Int) {
    let mask = ticket.mask, structure = MaskStructure(mask, ticket.architecture), storage = StorageBits(mask)
    model = ticket.architecture.name
    (seed, round, startStep, self.bytes) = (ticket.seed, ticket.round, ticket.startStep, bytes)
    weights = mask.layout.prunableCount
    (remaining, effective, density) = (mask.remaining, structure.effective, mask.density)
    networkDensity = Double(mask.keeps.reduce(0) { $0 + ($1 ? 1 : 0) }) / Double(mask.layout.count)
    (bitsWithBitmap, bitsAtEntropy, bitsDense) = (storage.withBitmap, storage.atEntropy, storage.dense)
    digest = ticket.digest
    holdsTrainedWeights = ticket.trained != nil
    maskStorage = ticket.scale.map { _ in ticket.maskStorage }
    (metrics, edits) = (ticket.metrics, ticket.edits)
    let costs = ticket.architecture.costs(of: mask)
    (denseMultiplyAdds, multiplyAdds) = (costs.dense, costs.sparse)
    layers = zip(structure.layers, costs).map {
      Layer(
        name: $0.name, weights: $0.weights, remaining: $0.remaining, effective: $0.effective, units: $0.units,
        deadUnits: $0.deadUnits, denseMultiplyAdds: $1.dense, multiplyAdds: $1.sparse,
        density: Double($0.remaining) / Double($0.weights))
    }
    architecture = ticket.architecture.description
  }

  var text: String {
    var table = TextTable(header: [
      "layer", "weights", "remaining", "density", "effective", "units", "dead", "multiply-adds", "dense",
    ])
    for layer in layers {
      table.rows.append([
        layer.name, "\(layer.weights)", "\(layer.remaining)", String(format: "%.2f %%", 100 * layer.density),
        "\(layer.effective)", "\(layer.units)", "\(layer.deadUnits)",
        "\(layer.multiplyAdds)", "\(layer.denseMultiplyAdds)",
      ])
    }
    table.rows.append([
      "all", "\(weights)", "\(remaining)", String(format: "%.2f %%", 100 * density), "\(effective)", "", "",
      "\(multiplyAdds)", "\(denseMultiplyAdds)",
    ])
    return """
      \(architecture)

      \(table.text)
      effective: on a path from an input to an output; dead: units on no such path
      multiply-adds: of the remaining weights for one sample, forward; dense: of all weights

      round \(round), seed \(seed), starts at step \(startStep)\(holdsTrainedWeights ? ", trained weights stored" : ", no trained weights stored")
      storage: \(bytes) bytes in this file; \(bitsWithBitmap / 8) bytes as bitmap and weights, \(bitsAtEntropy / 8) at the mask's entropy, \(bitsDense / 8) dense
      \(maskText)\(edits.map { "made by: \($0)\n" }.joined())digest of mask and start weights: \(digest)
      \(metricsText)
      """
  }

  private var maskText: String {
    maskStorage.map {
      "binary: signs come from the seed; the mask takes \($0.maskBytes) bytes, its entropy is \(String(format: "%.0f", $0.entropyBytes))\n"
    } ?? ""
  }

  private var metricsText: String {
    metrics.sorted { $0.key < $1.key }.map { name, value in
      name.hasSuffix("ccuracy")
        ? "\(name): \(String(format: "%.2f", 100 * value)) %" : "\(name): \(String(format: "%g", value))"
    }.joined(separator: "\n")
  }
}
