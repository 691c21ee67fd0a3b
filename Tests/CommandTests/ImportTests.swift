import Basics
import Foundation
import Methods
import Networks
import TestSupport
import Testing
import Tickets

/// State dictionaries and masks of other programs as tickets, and verdicts on them.
@Suite(.enabled(if: Command.isBuilt)) struct ImportTests {
  private static func fixture(_ name: String) -> String {
    Repository.root.appendingPathComponent("Tests/Fixtures/pytorch/\(name).safetensors").path
  }

  private func run(_ words: [String], json: Bool = true) throws -> [String: Any] {
    let output = try Command.run(words + (json ? ["--json"] : []))
    #expect(output.status == 0, "\(words.joined(separator: " ")): \(output.err)")
    return json ? try output.json() : [:]
  }

  /// Every bit and mask that goes out comes back, in each form.
  @Test(arguments: ["bn-mlp:16", "conv-2:0.1"])
  func ticketsGoOutAndComeBack(_ model: String) throws {
    let scratch = try Scratch()
    func path(_ name: String) -> String { scratch.url.appendingPathComponent(name).path }
    let find = ["find", "--data", "digits", "--model", model, "--rounds", "1", "--fraction", "0.5", "--steps", "1ep"]
    _ = try run(find + ["--controls", "none", "--threads", "2", "--out", path("runs")])
    let file = try RunFolder(in: URL(fileURLWithPath: path("runs"))).url.appendingPathComponent(
      "seed-0/round-01.safetensors")
    let own = try Ticket(contentsOf: file), accuracy = try run(["evaluate", file.path])["testAccuracy"] as? Double
    for (form, words) in [("safetensors", ["--set", "pruned=true"]), ("npz", []), ("safetensors", [])] {
      let out = path("net.\(form)")
      _ = try run(["export", file.path, "--to", form, "--normalised", "--output", out] + words, json: false)
      let mask = form == "safetensors" && words.isEmpty ? ["--mask", path("net-mask.safetensors")] : []
      let report = try run(["import", out, "--model", model, "--data", "digits", "--output", path("t")] + mask)
      let again = try Ticket(contentsOf: URL(fileURLWithPath: path("t")))
      #expect(again.mask == own.mask && again.trained == own.trained, "\(form) \(words)")
      #expect(report["testAccuracy"] as? Double == accuracy)
    }
  }

  /// A mask and its start from torch.nn.utils.prune: a ticket that is certified, and a certificate that can be made again.
  @Test func masksOfTorchAreCertified() throws {
    let scratch = try Scratch(), ticket = scratch.url.appendingPathComponent("t.safetensors").path
    let settings = ["--set", "steps=4ep", "batch=64", "initializer=torch-uniform"]
    let imported = try Command.run(
      ["import", Self.fixture("torch-prune"), "--model", "mlp:16", "--data", "digits", "--output", ticket] + settings)
    #expect(imported.status == 0 && imported.out.contains("256 of 1184 weights (21.62 %)"), "\(imported.err)")
    #expect(imported.err.contains("0.weight_orig [16, 64] -> fc1.weight"))
    let certify = ["certify", ticket, "--seeds", "2", "--lr-sweep", "0.1", "--threads", "2", "--out", scratch.path]
    let output = try Command.run(certify)
    #expect(output.status == 0, "\(output.err)")
    for words in [
      "The mask was found elsewhere", "Left out, since only the program", "reinit", "shuffled", "condition",
    ] {
      #expect(output.out.contains(words), "\(words) in \(output.out)")
    }
    #expect(!output.out.contains("random-labels  "))
    let folder = try #require(
      try FileManager.default.contentsOfDirectory(atPath: scratch.path).first { $0.hasPrefix("certify-") })
    let file = scratch.url.appendingPathComponent("\(folder)/certificate.json").path
    let value = try Certificate(contentsOf: URL(fileURLWithPath: file))
    #expect(
      value.densities.map(\.remaining) == [256] && value.densities[0].arms.allSatisfy { $0.testAccuracy.count == 2 })
    let again = try Command.run("certify", "--verify", file, "--out", scratch.path, "--threads", "2")
    #expect(again.status == 0 && again.out.contains("with the same bits"), "\(again.err)")
    // The ticket's own search, by settings alone; and one that starts anew from the mask.
    let found = try Command.run(
      ["find", "--data", "digits", "--model", "mlp:16", "--set", "mask=\(Self.fixture("torch-prune"))"]
        + ["--steps", "1ep", "--controls", "none", "--out", scratch.path])
    #expect(found.status == 0 && found.out.contains("on weights that each seed draws"), "\(found.err)")
  }

  /// OpenLTH keeps start and mask apart, with names of its own.
  @Test func masksOfOpenLTHStandBesideWeights() throws {
    let scratch = try Scratch(), ticket = scratch.url.appendingPathComponent("t.safetensors").path
    let columns = (0..<784).map { "x\($0)" } + ["label"]
    let rows = (0..<100).map { i in (0..<784).map { "\(($0 * 7 + i) % 16)" }.joined(separator: ",") + ",\(i % 10)" }
    let data = "csv:" + (try scratch.write("d.csv", ([columns.joined(separator: ",")] + rows).joined(separator: "\n")))
    let words = ["import", Self.fixture("openlth-start"), "--model", "mlp:8,8", "--data", data, "--output", ticket]
    let report = try run(words + ["--mask", Self.fixture("openlth-mask"), "--set", "validation=2"])
    #expect((report["source"] as? String)?.contains("and the mask of openlth-mask.safetensors") == true)
    let map = try #require(report["map"] as? [String])
    #expect(
      map.contains("fc_layers.1.weight [8, 8] -> fc2.weight")
        && map.contains { $0.hasPrefix("fc.weight -> fc3.weight: 80 of 80") })
    // A mask alone: the seed draws the weights.
    let alone = ["import", "mlp:8,8", "--data", data, "--output", ticket, "--mask", Self.fixture("openlth-mask")]
    let drawn = try run(alone + ["--seed", "3", "--set", "validation=2"])
    #expect(drawn["testAccuracy"] == nil)
    let value = try Ticket(contentsOf: URL(fileURLWithPath: ticket))
    #expect(value.seed == 3 && value.trained == nil && value.round == 1)
    #expect(value.start == Ticket.rebuiltStart(value.mask.layout, mask: value.mask, seed: 3, settings: value.settings))
  }

  @Test func wrongFilesAreExplained() throws {
    let scratch = try Scratch(), out = ["--data", "digits", "--output", scratch.path + "/t"]
    let prune = Self.fixture("torch-prune")
    try expectFailure(64, ["not which network", "--model"], ["import", prune] + out)
    try expectFailure(
      65, ["missing: fc1.bias [24]", "left over: 0.bias [16]", "2.weight [10, 16]"],
      ["import", prune, "--model", "mlp:24"] + out)
    try expectFailure(
      65, ["is a pickle", "weights_only=True", "save_file"], ["import", "a.pth", "--model", "mlp:16"] + out)
    try expectFailure(66, ["no readable file"], ["import", scratch.path + "/no.npz", "--model", "mlp:16"] + out)
    try expectFailure(64, ["names no file of tensors"], ["import", "mlp:16", "--mask", "mask.txt"] + out)
    try expectFailure(
      65, ["does not fit mlp:24", "left over"], ["import", "mlp:24", "--mask", prune] + out)
    let file = try scratch.write("short.safetensors", try Data(contentsOf: URL(fileURLWithPath: prune)).dropLast(4))
    try expectFailure(65, ["truncated or forged"], ["import", file, "--model", "mlp:16"] + out)
    let npz = try scratch.write("x.npz", "PK nothing")
    try expectFailure(65, ["no zip file"], ["import", npz, "--model", "mlp:16"] + out)
    try expectFailure(64, ["mask", "no effect"], ["train", "--set", "mask=\(prune)", "--data", "digits"])
  }
}
