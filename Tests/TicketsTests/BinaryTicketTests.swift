import Analysis
import Basics
import Foundation
import Lanes
import Networks
import Testing
import Tickets

/// Files of binary tickets: no weights, the mask in arithmetic code.
@Suite struct BinaryTicketTests {
  /// A network of signs of its seed's weights under a mask with these densities, tensor after tensor.
  private func ticket(_ model: String, _ densities: [Double], input: FeatureShape = FeatureShape(channels: 64)) throws
    -> Ticket
  {
    let architecture = try ModelCatalog.architecture(model, input: input, classes: 10), layout = architecture.layout
    var start = Initializer.kaimingNormal.parameters(for: layout, seed: 6), random = RandomStream(seed: 1, "test/mask")
    var mask = Mask(fullFor: layout)
    for (number, entry) in layout.prunable.enumerated() {
      for i in entry.range {
        start.values[i] *= 1.5
        mask.keeps[i] = random.nextUniform() < densities[number % densities.count]
      }
    }
    var trained = start
    for (number, entry) in layout.prunable.enumerated() {
      let gain = 0.01 * Float(number + 1)
      for i in entry.range { trained.values[i] = start.values[i] < 0 ? -gain : gain }
    }
    for entry in layout.entries where entry.shape.role == .runningMean {
      for i in entry.range { trained.values[i] = Float(random.nextUniform()) }
    }
    var settings = SearchSettings()
    settings.initializer = .kaimingNormal
    return Ticket(
      architecture: architecture, mask: mask, start: start, startStep: 0, trained: trained, seed: 6, round: 1,
      settings: settings.texts, metrics: ["testAccuracy": 0.5])
  }

  private func read(_ file: SafetensorsFile) throws -> Ticket {
    try Ticket(SafetensorsFile(file.encoded(), file: "b"), name: "b")
  }

  @Test(arguments: ["mlp:9,5", "bn-mlp:30,20", "mlp:300"])
  func isReadBackBitForBit(_ model: String) throws {
    let scratch = try Scratch(), url = scratch.url.appendingPathComponent("b.safetensors")
    for densities in [[0.5], [0.9, 0.01], [0, 1], [0.3, 0.3, 0]] {
      let ticket = try ticket(model, densities)
      try ticket.signsFile(scale: 1.5).write(to: url)
      let found = try Ticket(contentsOf: url)
      #expect(found.isIdentical(to: ticket) && found.scale == 1.5)
      #expect(try found.signsFile(scale: 1.5).encoded() == ticket.signsFile(scale: 1.5).encoded())
      #expect(try found.file().encoded() == ticket.file().encoded())
    }
  }

  /// The mask takes at most 3 % more than its entropy, layers of one density or of several; so does the file where it is not
  /// small: metadata, gains and batch norm are all that stands beside it.
  @Test(arguments: [[0.5], [0.2], [0.1], [0.05], [0.01], [0.9], [0.002], [0.8, 0.03, 0.3]])
  func sizeIsNearTheEntropy(_ densities: [Double]) throws {
    let ticket = try ticket("mlp:900,300", densities), storage = ticket.maskStorage
    let file = try ticket.signsFile(scale: 1.5)
    #expect(file.entries["mask_code"]!.bytes.count == storage.maskBytes)
    #expect(Double(storage.maskBytes) <= 1.03 * storage.entropyBytes + 4, "\(densities): \(storage)")
    // A code of independent weights may be shorter than the mask's own entropy by the little that counts cost less.
    #expect(Double(storage.maskBytes) >= 0.99 * storage.entropyBytes, "\(densities): \(storage)")
    #expect(try Double(file.encoded().count) <= Double(storage.maskBytes) + 5000)
  }

  /// Blocks of their own density: a layer whose halves differ takes less than one coin for all its weights.
  @Test func blocksFollowTheirDensity() throws {
    var ticket = try ticket("mlp:900", [0.02])
    let entry = ticket.mask.layout.prunable[0]
    for i in entry.range.prefix(entry.count / 2) { ticket.mask.keeps[i] = i % 7 != 0 }
    let storage = ticket.maskStorage
    #expect(Double(storage.maskBytes) < 0.45 * storage.entropyBytes, "\(storage)")
  }

  @Test func otherTicketsAreRefused() throws {
    let plain = try handmadeTicket()
    #expect(throws: Problem.self) { try plain.signsFile(scale: 1) }
    let signs = try ticket("mlp:9,5", [0.5])
    #expect(throws: Problem.self) { try signs.signsFile(scale: 1) }
    var flipped = signs
    let kept = signs.mask.layout.prunable[1].range.first { signs.mask.keeps[$0] }!
    flipped.trained!.values[kept] *= -1
    let problem = #expect(throws: Problem.self) { try flipped.signsFile(scale: 1.5) }
    #expect(problem?.kind == .usage && problem?.problem.contains("signs") == true)
  }

  @Test func everyTruncationIsRefused() throws {
    let data = try ticket("mlp:9,5", [0.5]).signsFile(scale: 1.5).encoded()
    for length in 0..<data.count {
      let problem = #expect(throws: Problem.self) {
        try Ticket(SafetensorsFile(data.prefix(length), file: "b"), name: "b")
      }
      #expect(problem?.kind == .badData)
    }
  }

  /// Whatever stands in the arrays and in the metadata: refused as bad data, or the very same ticket.
  @Test func noBytesTrap() throws {
    let ticket = try ticket("bn-mlp:9,5", [0.5, 0.1]), good = try ticket.signsFile(scale: 1.5)
    var random = RandomStream(seed: 2, "test/bytes")
    func expectSound(_ file: SafetensorsFile, _ what: String) {
      do {
        let found = try Ticket(file, name: "b")
        #expect(found.isIdentical(to: ticket), "\(what)")
      } catch let problem as Problem {
        #expect(problem.kind == .badData, "\(what): \(problem)")
      } catch { Issue.record("\(what): \(error)") }
    }
    let code = [UInt8](good.entries["mask_code"]!.bytes)
    for place in code.indices {
      for change in [UInt8.max, 0, UInt8(truncatingIfNeeded: random.nextWord())] {
        var bytes = code
        bytes[place] = change
        var file = good
        file.add("mask_code", bytes: bytes)
        expectSound(file, "byte \(place) is \(change)")
      }
    }
    for length in [0, 1, 2, 3, code.count - 1, code.count + 1, 5000] {
      var file = good
      file.add("mask_code", bytes: (0..<length).map { $0 < 3 ? 8 : UInt8(truncatingIfNeeded: $0 &* 37) })
      expectSound(file, "\(length) bytes")
    }
    for values: [Float] in [[], [1], [.nan, 1, 1], [.infinity, 0, 0], [-1, 1, 1], [0, 0, 0]] {
      for name in ["gains", "norms"] {
        var file = good
        file.add(name, values)
        expectSound(file, "\(name) \(values)")
      }
    }
    for scale in ["", "nan", "inf", "-1", "0", "1e99", "2", "x"] {
      var file = good
      file.metadata["scale"] = scale
      expectSound(file, "scale \(scale)")
    }
    for key in ["weights", "seed", "digest", "trained_digest", "scale", "settings", "architecture"] {
      var file = good
      file.metadata[key] = nil
      expectSound(file, "no \(key)")
    }
  }

  /// A small file that describes a huge network takes no memory.
  @Test func hugeNetworksInSmallFilesAreRefused() throws {
    var file = try ticket("mlp:9,5", [0.5]).signsFile(scale: 1.5)
    file.metadata["architecture"] = file.metadata["architecture"]!.replacing(
      "\"outputs\":9", with: "\"outputs\":9000000")
    let problem = #expect(throws: Problem.self) { try Ticket(file, name: "b") }
    #expect(problem?.kind == .badData && problem?.problem.contains("more parameters") == true)
  }
}
