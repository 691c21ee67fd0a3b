import Basics
import Foundation
import Lanes
import Networks
import Testing
import Tickets

@Suite struct TicketFileTests {
  /// Reads the bytes as a ticket, which must be refused as bad data; `words` must stand in the message.
  private func expectRefused(
    _ data: Data, _ words: String..., location: SourceLocation = #_sourceLocation
  ) {
    let problem = #expect(throws: Problem.self, sourceLocation: location) {
      try Ticket(SafetensorsFile(data, file: "t.safetensors"), name: "t.safetensors")
    }
    #expect(problem?.kind == .badData, sourceLocation: location)
    for word in words {
      #expect(
        problem?.problem.contains(word) == true, "'\(word)' in: \(problem?.problem ?? "")", sourceLocation: location)
    }
  }

  @Test(arguments: [true, false])
  func roundTrips(_ trained: Bool) throws {
    let scratch = try Scratch(), url = scratch.url.appendingPathComponent("t.safetensors")
    let ticket = try handmadeTicket(startStep: 12, trained: trained)
    try ticket.file().write(to: url)
    let read = try Ticket(contentsOf: url)
    #expect(read.isIdentical(to: ticket))
    #expect(try read.file().encoded() == ticket.file().encoded())
  }

  @Test func compactTicketsAreRebuiltBitForBit() throws {
    let ticket = try handmadeTicket(), data = try ticket.file(compact: true).encoded()
    let read = try Ticket(SafetensorsFile(data, file: "c"), name: "c")
    #expect(read.mask == ticket.mask && read.start == ticket.start && read.digest == ticket.digest)
    #expect(read.trained == nil)
    #expect(data.count < (try ticket.file().encoded().count))
    let rewound = try handmadeTicket(startStep: 5)
    let problem = #expect(throws: Problem.self) { try rewound.file(compact: true) }
    #expect(problem?.kind == .usage && problem?.problem.contains("seed alone") == true)
    var changed = ticket
    changed.start.values[changed.mask.keeps.firstIndex(of: true)!] += 1
    #expect(throws: Problem.self) { try changed.file(compact: true) }
  }

  @Test func refusesEveryTruncation() throws {
    for compact in [false, true] {
      let data = try handmadeTicket().file(compact: compact).encoded()
      for length in 0..<data.count { expectRefused(data.prefix(length)) }
    }
  }

  /// A changed byte of the header gives a problem, or changes no bit of mask and weights.
  @Test func survivesEveryHeaderCorruption() throws {
    let ticket = try handmadeTicket(), data = try ticket.file().encoded()
    let header = data.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
    var random = RandomStream(seed: 2, "test/corruption")
    for place in 0..<8 + header {
      var forged = data
      forged[place] = UInt8(truncatingIfNeeded: random.nextWord())
      do {
        let read = try Ticket(SafetensorsFile(forged, file: "f"), name: "f")
        #expect(read.mask.keeps == ticket.mask.keeps && read.start.values == ticket.start.values, "byte \(place)")
        #expect(read.trained?.values == ticket.trained?.values || read.trained == nil, "byte \(place)")
      } catch let problem as Problem {
        #expect(problem.kind == .badData, "byte \(place): \(problem)")
      }
    }
  }

  @Test func refusesEveryChangedWeightAndMaskBit() throws {
    let ticket = try handmadeTicket(), data = try ticket.file().encoded()
    let header = data.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
    let padding = ticket.mask.layout.count % 8 == 0 ? 0 : 8 - ticket.mask.layout.count % 8
    let lastMaskByte = 8 + header + (ticket.mask.layout.count + 7) / 8 - 1
    for place in 8 + header..<data.count {
      for bit in 0..<8 where place != lastMaskByte || bit < 8 - padding {
        var forged = data
        forged[place] ^= 1 << bit
        expectRefused(forged)
      }
    }
  }

  @Test func refusesForgedFiles() throws {
    let ticket = try handmadeTicket(), survivors = ticket.mask.keeps.reduce(0) { $0 + ($1 ? 1 : 0) }
    func forged(_ change: (inout SafetensorsFile) -> Void) throws -> Data {
      var file = try ticket.file()
      change(&file)
      return try file.encoded()
    }
    expectRefused(try forged { $0.metadata["digest"] = String(repeating: "0", count: 64) }, "digest")
    expectRefused(try forged { $0.metadata["trained_digest"] = nil }, "trained_digest")
    expectRefused(try forged { $0.add("start", [Float](repeating: .nan, count: survivors)) }, "finite")
    expectRefused(try forged { $0.add("trained", [Float](repeating: .infinity, count: survivors)) }, "finite")
    expectRefused(try forged { $0.add("start", [Float](repeating: 0, count: survivors + 1)) }, "start")
    expectRefused(try forged { $0.add("mask", bytes: ticket.mask.packedBits.dropLast()) })
    expectRefused(try forged { $0.add("mask", bytes: ticket.mask.packedBits + [0]) }, "mask")
    expectRefused(try forged { $0.add("mask", [1, 2, 3] as [Float]) })
    expectRefused(try forged { $0.metadata["format"] = nil }, "no Tombola ticket")
    expectRefused(try forged { $0.metadata["seed"] = "-1" }, "seed")
    expectRefused(try forged { $0.metadata["start_step"] = "-1" }, "start_step")
    expectRefused(try forged { $0.metadata["round"] = "1e99" }, "round")
    expectRefused(
      try forged {
        $0.metadata["weights"] = "seed"; $0.metadata["settings"] = "{}"
      }, "initialiser")
    for key in ["architecture", "settings", "metrics", "seed", "round", "start_step"] {
      for text in ["", "{", "null", "[]", String(repeating: "[", count: 100_000)] {
        expectRefused(try forged { $0.metadata[key] = text }, key)
      }
    }
    var plain = SafetensorsFile(metadata: ["format": "pt"])
    plain.add("model.weight", [1, 2, 3] as [Float])
    expectRefused(try plain.encoded(), "no Tombola ticket")
    expectRefused(try SafetensorsFile().encoded(), "no Tombola ticket")
  }

  /// Networks that no file of this size can hold, or that are none, are refused before memory is taken for them.
  @Test(arguments: [
    #"{"kind":"linear","name":"a","inputs":["input"],"layer":{"outputs":9223372036854775807,"hasBias":true}}"#,
    #"{"kind":"linear","name":"a","inputs":["input"],"layer":{"outputs":1000000000000,"hasBias":true}}"#,
    #"{"kind":"linear","name":"a","inputs":["input"],"layer":{"outputs":16777216,"hasBias":true}}"#,
    #"{"kind":"linear","name":"a","inputs":["input"],"layer":{"outputs":-3,"hasBias":true}}"#,
    #"{"kind":"linear","name":"a","inputs":["input"],"layer":{"outputs":1e30,"hasBias":true}}"#,
    #"{"kind":"linear","name":"a","inputs":[],"layer":{"outputs":3,"hasBias":true}}"#,
    #"{"kind":"linear","name":"a","inputs":["input","input"],"layer":{"outputs":3,"hasBias":true}}"#,
    #"{"kind":"linear","name":"a","inputs":["a"],"layer":{"outputs":3,"hasBias":true}}"#,
    #"{"kind":"linear","name":"a","inputs":["later"],"layer":{"outputs":3,"hasBias":true}}"#,
    #"{"kind":"linear","name":"input","inputs":["input"],"layer":{"outputs":3,"hasBias":true}}"#,
    #"{"kind":"convolve","name":"a","inputs":["input"],"layer":{}}"#,
    #"{"kind":"linear","name":"a","inputs":["input"],"layer":{}}"#,
    #"{"kind":"relu","name":"a","inputs":["input"],"layer":{}}"#,
    #"{"name":"a"}"#, "",
  ])
  func refusesMaliciousArchitectures(_ node: String) throws {
    for input in [
      #"{"channels":12,"height":1,"width":1}"#, #"{"channels":4611686018427387904,"height":4,"width":4}"#,
      #"{"channels":-12,"height":-1,"width":1}"#, #"{"channels":0,"height":1,"width":1}"#,
    ] {
      var file = try handmadeTicket().file()
      file.metadata["architecture"] = #"{"name":"x","input":\#(input),"nodes":[\#(node)]}"#
      expectRefused(try file.encoded())
      file.metadata["weights"] = "seed"
      expectRefused(try file.encoded())
    }
  }

  @Test func refusesManyLargeLayersTogether() throws {
    let nodes = (0..<2000).map { i in
      let input = i == 0 ? "input" : "n\(i - 1)"
      return #"{"kind":"linear","name":"n\#(i)","inputs":["\#(input)"],"layer":{"outputs":16777216,"hasBias":false}}"#
    }
    var file = try handmadeTicket().file()
    file.metadata["architecture"] =
      #"{"name":"x","input":{"channels":12,"height":1,"width":1},"nodes":[\#(nodes.joined(separator: ","))]}"#
    expectRefused(try file.encoded(), "more parameters")
  }

  @Test func readsItsSettingsAndChecksItsData() throws {
    var ticket = try handmadeTicket()
    #expect(try ticket.searchSettings().canonicalText == "")
    ticket.settings["learning"] = "2"
    let unknown = #expect(throws: Problem.self) { try ticket.searchSettings() }
    #expect(unknown?.kind == .badData && unknown?.problem.contains("learning") == true)
    try ticket.checkFits(input: FeatureShape(channels: 12), classes: 3, data: "d")
    #expect(throws: Problem.self) { try ticket.checkFits(input: FeatureShape(channels: 12), classes: 4, data: "d") }
    #expect(throws: Problem.self) {
      try ticket.checkFits(input: FeatureShape(channels: 3, height: 2, width: 2), classes: 3, data: "d")
    }
  }
}
