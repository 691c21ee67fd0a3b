import Basics
import Experiments
import Foundation
import Methods
import Networks
import Testing
import Tickets

@Suite(.enabled(if: Command.isBuilt)) struct CertifyTests {
  private static let small = [
    "--data", "digits", "--model", "mlp:24,16", "--rounds", "5", "--steps", "4ep", "--lr-sweep", "0.1,0.3",
  ]

  private func certificate(in scratch: Scratch) throws -> URL {
    let names = try FileManager.default.contentsOfDirectory(atPath: scratch.path)
    return scratch.url.appendingPathComponent(try #require(names.first { $0.hasPrefix("certify-") }))
      .appendingPathComponent("certificate.json")
  }

  /// From settings to a certificate that can be made again; an edited one is refused, signed anew or not.
  @Test func certificatesAreMadeAgainOrRefused() throws {
    let scratch = try Scratch()
    let output = try Command.run(["certify"] + Self.small + ["--seeds", "2", "--at", "3,5", "--out", scratch.path])
    #expect(output.status == 0, "\(output.err)")
    for word in ["random-pixels", "small-dense", "condition", "certificate: ", "--verify", "time: "] {
      #expect(output.out.contains(word), "\(word)")
    }
    let file = try certificate(in: scratch), value = try Certificate(contentsOf: file)
    #expect(value.densities.map(\.round) == [3, 5] && value.seeds == [0, 1])
    #expect(value.densities.allSatisfy { $0.arms.count == 2 * 10 && $0.conditions.count == 7 && $0.checks.count == 7 })
    let small = try #require(value.densities[0].arms.first { $0.kind == .smallDense })
    #expect(abs(small.weights - value.densities[0].remaining) <= value.densities[0].remaining / 100)
    let page = try String(
      contentsOf: file.deletingLastPathComponent().appendingPathComponent("certificate.html"), encoding: .utf8)
    #expect(page.contains(value.digest))
    let result = file.deletingLastPathComponent().appendingPathComponent("result.json")
    #expect(try Certificate(contentsOf: result) == value, "the record is a certificate as well")

    let quick = try Command.run("certify", "--verify", file.path, "--quick")
    #expect(quick.status == 0 && quick.out.contains("statistics follow"))
    let whole = try Command.run("certify", "--verify", file.path, "--out", scratch.path)
    #expect(whole.status == 0 && whole.out.contains("with the same bits"), "\(whole.err)")
    #expect(whole.err.contains("data: digits: "))

    let text = try String(contentsOf: file, encoding: .utf8)
    let metric = "\(value.densities[0].arms[0].testAccuracy[0])"
    let forged = try scratch.write("forged.json", text.replacing(metric, with: "0.99999"))
    try expectFailure(65, ["has been changed", "digest"], ["certify", "--verify", forged])

    var resigned = value
    resigned.densities[0].arms[0].testAccuracy[0] = 0.99
    try resigned.signed().write(to: URL(fileURLWithPath: forged))
    try expectFailure(65, ["round 3", "verdict"], ["certify", "--verify", forged, "--quick"])

    // A forger who works out the statistics as well: only training it again tells.
    var digests = value
    digests.densities[0].arms[0].digests[0] = String(repeating: "0", count: 64)
    try digests.signed().write(to: URL(fileURLWithPath: forged))
    #expect(try Command.run("certify", "--verify", forged, "--quick").status == 0)
    try expectFailure(
      65, ["round 3, ticket at learning rate 0.1"], ["certify", "--verify", forged, "--out", scratch.path])
  }

  @Test func ticketsBringTheirSettings() throws {
    let scratch = try Scratch()
    let find = try Command.run(
      "find", "--data", "digits", "--model", "mlp:24,16", "--rounds", "4", "--steps", "4ep", "--controls", "none",
      "--out", scratch.path)
    #expect(find.status == 0, "\(find.err)")
    let ticket = try RunFolder(in: scratch.url).url.appendingPathComponent("seed-0/round-03.safetensors").path
    let certify = ["certify", ticket, "--checks", "none", "--lr-sweep", "0.1", "--out", scratch.path]
    let output = try Command.run(certify + ["--seeds", "2", "--json"])
    #expect(output.status == 0, "\(output.err)")
    let value = try Certificate(contentsOf: URL(fileURLWithPath: scratch.write("printed.json", output.out)))
    #expect(value.densities.map(\.round) == [3] && value.ticketDigest != nil && value.settings["rounds"] == "3")
    #expect(!value.reproduce.contains(ticket), "the certificate needs no ticket's file: \(value.reproduce)")
    // Other settings make another ticket.
    try expectFailure(
      65, ["not what its settings and seed make"], certify + ["--seeds", "1", "--set", "initializer=glorot-normal"])
  }

  /// `ratios:FILE` becomes the densities of the ticket's layers, which the settings then name themselves.
  @Test func ratiosComeFromTickets() throws {
    let scratch = try Scratch()
    let find = ["find", "--data", "digits", "--model", "mlp:24,16", "--steps", "1ep", "--controls", "none"]
    let first = try Command.run(find + ["--rounds", "2", "--out", scratch.path])
    #expect(first.status == 0, "\(first.err)")
    let file = try RunFolder(in: scratch.url).url.appendingPathComponent("seed-0/round-02.safetensors")
    let wanted = try Ticket(contentsOf: file), other = try Scratch()
    let random = ["--algorithm", "one-shot", "--criterion", "random", "--allocation", "ratios:\(file.path)"]
    let second = try Command.run(find + random + ["--rounds", "1", "--fraction", "0.36", "--out", other.path])
    #expect(second.status == 0, "\(second.err)")
    let found = try Ticket(
      contentsOf: try RunFolder(in: other.url).url.appendingPathComponent("seed-0/round-01.safetensors"))
    #expect(found.settings["allocation"] == wanted.ratioAllocation)
    for entry in wanted.mask.layout.prunable {
      #expect(abs(found.mask.remaining(in: entry) - wanted.mask.remaining(in: entry)) <= 1)
      #expect(found.mask.keeps[entry.range] != wanted.mask.keeps[entry.range])
    }
    try expectFailure(66, ["nowhere"], find + ["--allocation", "ratios:/nowhere", "--out", other.path])
  }

  @Test func refusesWhatMakesNoSense() throws {
    try expectFailure(
      64, ["random-ratio, round 10", "30 %", "--ratios erk"],
      ["certify", "--data", "digits", "--model", "conv-2:0.1", "--rounds", "10", "--steps", "4ep"])
    try expectFailure(
      64, ["no allocation 'erkk'", "erk"], ["certify", "--data", "digits", "--ratios", "erkk"])
    try expectFailure(64, ["rounds to be judged", "--at"], ["certify"] + Self.small + ["--at", "6"])
    try expectFailure(64, ["at=last", "whole number"], ["certify"] + Self.small + ["--at", "last"])
    try expectFailure(64, ["lr-sweep=fast", "number"], ["certify", "--data", "digits", "--lr-sweep", "fast"])
    try expectFailure(64, ["lr-sweep=0", "above 0"], ["certify", "--data", "digits", "--lr-sweep", "0"])
    try expectFailure(64, ["no check 'shufled'", "shuffled"], ["certify", "--data", "digits", "--checks", "shufled"])
    try expectFailure(
      64, ["start anew", "retraining=rewind"], ["certify", "--data", "digits", "--set", "retraining=finetune"])
    try expectFailure(64, ["within=5", "a share"], ["certify", "--data", "digits", "--within", "5"])
    try expectFailure(64, ["last quarter", "evaluate"], ["certify", "--data", "digits", "--steps", "2ep"])
    try expectFailure(64, ["--quick"], ["certify", "--quick"])
    try expectFailure(66, ["no readable file"], ["certify", "--verify", "/nonexistent.json"])
    let scratch = try Scratch(), file = try scratch.write("other.json", "{}")
    try expectFailure(65, ["no readable certificate"], ["certify", "--verify", file])
  }
}
