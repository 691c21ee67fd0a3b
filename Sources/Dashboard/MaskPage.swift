import Basics
import Foundation
import Networks
import Pages
import Sweeps
import Tickets

/// The masks of a run as pictures, a layer a picture: outputs from above to below, inputs from left to right.
struct MaskPage {
  private static let mostPixels = 256
  private static let mostLayers = 60

  private let entry: RunEntry
  private let seed: UInt64
  private let round: Int
  private let rounds: [Int]
  private let ticket: Ticket

  /// - Throws: `Problem` if there is no such ticket, or it cannot be read.
  init(_ entry: RunEntry, _ store: URL, _ request: HTTPRequest) throws {
    self.entry = entry
    guard let seed = request.value("seed").map({ UInt64($0) }) ?? entry.seeds.first, entry.seeds.contains(seed) else {
      throw Problem.missingInput("\(entry.name) has no such seed.", remedy: "Its seeds: \(entry.seeds).")
    }
    self.seed = seed
    let folder = store.appendingPathComponent(entry.name).appendingPathComponent("seed-\(seed)")
    let summary = RunEntry.summaries(in: folder.deletingLastPathComponent()).first { $0.seed == seed }
    rounds = (summary?.stages ?? []).filter { $0.arm == "ticket" }.map(\.round)
    let wanted = request.value("round").flatMap { Int($0) } ?? entry.round
    guard let round = rounds.first(where: { $0 == wanted }) ?? rounds.last,
      let stage = summary?.stage("ticket", round: round)
    else {
      throw Problem.missingInput("\(entry.name) has no ticket of seed \(seed).", remedy: "Finish the run first.")
    }
    self.round = round
    // The name of a stage stands in a file, which anyone may have written.
    guard stage.name.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") }) else {
      throw Problem.badData("The summary of seed \(seed) names no ticket of its own.", remedy: "Run the seed again.")
    }
    ticket = try Ticket(contentsOf: folder.appendingPathComponent("\(stage.name).safetensors"))
  }

  var response: HTTPResponse {
    let layers = ticket.mask.layout.prunable.prefix(Self.mostLayers)
    return LivePage(
      title: "Masks of \(entry.name)",
      subtitle: "Seed \(String(seed)), round \(round): \(Format.density(ticket.mask.density)) of the weights remain",
      lead: choices, sections: [Section("Layers", id: "layers", body: layers.map(figure).joined())], chartScript: nil
    ).response
  }

  private var choices: HTMLText {
    func link(_ seed: UInt64, _ round: Int, _ label: String, _ isChosen: Bool) -> HTMLText {
      let query = [("seed", String(seed)), ("round", String(round))]
      return isChosen
        ? "<strong>\(label)</strong>" : "<a href=\"\(Link.path(["run", entry.name, "masks"], query))\">\(label)</a>"
    }
    let seeds = entry.seeds.prefix(100).map { link($0, round, String($0), $0 == seed) }.joined(separator: ", ")
    let all = rounds.map { link(seed, $0, String($0), $0 == round) }.joined(separator: ", ")
    return
      "<p>Seed \(seeds)</p>\n<p>Round \(all)</p>\n<p><a href=\"\(Link.path(["run", entry.name]))\">The run</a></p>\n"
  }

  private func figure(_ layer: ParameterLayout.Entry) -> HTMLText {
    let rows = layer.shape.dimensions[0], columns = layer.count / max(1, rows)
    let remaining = ticket.mask.remaining(in: layer), density = Format.density(ticket.mask.density(of: layer))
    let shape = layer.shape.dimensions.map(String.init).joined(separator: " × ")
    return """
      <figure><figcaption>\(layer.layer): \(shape), \(Format.count(remaining)) of \(Format.count(layer.count)) weights, \
      \(density)</figcaption>
      <img src="\(picture(layer, rows, columns).address)" width="\(min(512, max(128, 2 * columns)))" \
      alt="Mask of \(layer.layer): \(density) of \(shape) weights remain" style="image-rendering: pixelated">
      </figure>

      """
  }

  /// A pixel a weight; of larger layers a pixel is the share of remaining weights of a rectangle.
  private func picture(_ layer: ParameterLayout.Entry, _ rows: Int, _ columns: Int) -> PNGImage {
    let height = min(rows, Self.mostPixels), width = min(columns, Self.mostPixels)
    var kept = [Int](repeating: 0, count: height * width), all = kept
    for row in 0..<rows {
      for column in 0..<columns {
        let place = row * height / rows * width + column * width / columns
        all[place] += 1
        if ticket.mask.keeps[layer.offset + row * columns + column] { kept[place] += 1 }
      }
    }
    let pixels = zip(kept, all).flatMap { kept, all -> [UInt8] in
      let shade = UInt8(255 - 235 * kept / max(1, all))
      return [shade, shade, min(255, shade &+ UInt8((255 - Int(shade)) / 4))]
    }
    return PNGImage(width: width, height: height, pixels: pixels)
  }
}
