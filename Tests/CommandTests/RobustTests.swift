import Foundation
import TestSupport
import Testing

@Suite(.enabled(if: Command.isBuilt)) struct RobustTests {
  /// A search's ticket under attack: one object, a table and a page.
  @Test func attackPrintsWhatItFound() throws {
    let scratch = try Scratch()
    let found = try Command.run(Command.smallSearch + ["--controls", "none", "--out", scratch.path, "--json"])
    #expect(found.status == 0)
    let folders = try FileManager.default.contentsOfDirectory(atPath: scratch.path)
    let folder = try #require(folders.first { $0.hasPrefix("find-") })
    let ticket = "\(scratch.path)/\(folder)/seed-0/round-01.safetensors", page = "\(scratch.path)/page.html"
    let arguments = ["attack", ticket, "--samples", "60", "--bound-samples", "20", "--epsilon", "0.05"]
    let output = try Command.run(
      arguments + ["--attacks", "noise,pgd:5,apgd-dlr:5,square:10", "--report", page, "--json"])
    #expect(output.status == 0, "\(output.err)")
    let json = try output.json()
    #expect(json["command"] as? String == "attack" && json["samples"] as? Int == 60)
    let attacks = try #require(json["attacks"] as? [[String: Any]])
    #expect(attacks.map { $0["name"] as? String } == ["noise", "pgd:5", "apgd-dlr:5", "square:10"])
    let worst = try #require(json["worstCase"] as? Double), clean = try #require(json["cleanAccuracy"] as? Double)
    let proven = try #require(json["provenAccuracy"] as? Double)
    #expect(worst <= clean && (0...1).contains(proven))
    for attack in attacks { #expect(worst <= (attack["accuracy"] as? Double ?? 0)) }
    #expect(try String(contentsOfFile: page, encoding: .utf8).contains("Robustness of"))
    let again = try Command.run(arguments + ["--attacks", "noise,pgd:5", "--threads", "1"])
    #expect(
      again.status == 0 && again.out.contains("worst case") && again.out.contains("interval bounds on 20 samples"))
    let l2 = try Command.run(["attack", ticket, "--samples", "20", "--ball", "l2", "--epsilon", "0.5"])
    #expect(l2.status == 0 && !l2.out.contains("square") && !l2.out.contains("proven"))
    try expectFailure(64, ["no attack 'pdg:3'", "pgd"], ["attack", ticket, "--attacks", "pdg:3"])
    try expectFailure(64, ["does not know the ball"], ["attack", ticket, "--ball", "l2", "--attacks", "square"])
    try expectFailure(64, ["--step"], ["attack", ticket, "--step", "-1"])
    try expectFailure(64, ["--epsilon"], ["attack", ticket, "--epsilon", "x"])
    try expectFailure(64, ["--epsilon 1.0", "two ways", "1/16"], ["attack", ticket, "--epsilon", "1"])
    try expectFailure(64, ["--epsilon 17", "pixels 0 to 16"], ["attack", ticket, "--epsilon", "17"])
    let steps = try Command.run(["attack", ticket, "--samples", "20", "--attacks", "fgsm", "--epsilon", "8", "--json"])
    #expect(steps.err.contains("data: digits: "))
    #expect(steps.err.contains("perturbations: pixels 0 to 16, epsilon 8 = 8/16 of the range\n"))
    #expect(try steps.json()["epsilon"] as? Double == 0.5)
    try expectFailure(66, ["no-such"], ["attack", "\(scratch.path)/no-such.safetensors"])
  }

  /// Pixels that are kept as floats from 0 to 255: a radius of 8/255 of the range, in either way of writing it. The network is
  /// linear, and 66 % is its exact robust accuracy.
  @Test(arguments: ["8/255", "8"]) func radiiAreOfTheDatasRange(_ epsilon: String) throws {
    let scratch = try Scratch()
    let inputs = Repository.root.appendingPathComponent("Tests/Fixtures/inputs").path
    let found = try Command.run([
      "find", "--data", "npz:\(inputs)/float255.npz", "--model", "graph:\(inputs)/linear.yaml", "--rounds", "1",
      "--fraction", "0.1", "--steps", "10ep", "--batch", "32", "--lr", "0.01", "--controls", "none", "--out",
      scratch.path,
    ])
    #expect(found.status == 0, "\(found.err)")
    let ticket = try RunFolder(in: scratch.url).url.appendingPathComponent("seed-0/round-01.safetensors").path
    let output = try Command.run("attack", ticket, "--epsilon", epsilon, "--json"), record = try output.json()
    #expect(output.err.contains("perturbations: pixels 0 to 255, epsilon 8 = 8/255 of the range"), "\(output.err)")
    #expect(record["worstCase"] as? Double == 0.66 && record["provenAccuracy"] as? Double == 0.53)
    let flags = try #require(record["flags"] as? [[String: Any]])
    #expect(flags.allSatisfy { $0["isRaised"] as? Bool == false }, "\(flags)")
  }

  @Test func boostPrintsItsArms() throws {
    let scratch = try Scratch()
    let base = [
      "boost", "--data", "digits", "--model", "mlp:16", "--steps", "2ep", "--warmup", "1ep", "--rates", "0.1", "--out",
      scratch.path, "--set", "trajectory=1", "batch=64", "early=5it",
    ]
    let output = try Command.run(base + ["--json"])
    #expect(output.status == 0, "\(output.err)")
    let json = try output.json(), arms = try #require(json["arms"] as? [[String: Any]])
    #expect(arms.count == 6 && (json["verdict"] as? [String])?.isEmpty == false)
    let table = try Command.run(base)
    #expect(table.status == 0 && table.out.contains("dense 0.1 warm") && table.out.contains("R of a tenth"))
    #expect(try Command.run("boost", "--list").out.contains("mask-lr"))
    try expectFailure(64, ["epsilon=0"], base + ["objective=pgd:3"])
    try expectFailure(64, ["The setting rounds has no effect on 'boost'"], base + ["rounds=3"])
    try expectFailure(64, ["loss=hinge", "softmax"], base + ["mask-objective=fgsm", "epsilon=0.1", "loss=hinge"])
  }

  /// Adversarial training works with every verb that trains.
  @Test func findTrainsAgainstAttacks() throws {
    let scratch = try Scratch()
    let output = try Command.run(
      Command.smallSearch + [
        "--controls", "none", "--out", scratch.path, "--json", "--set", "objective=pgd:2", "epsilon=0.1",
      ])
    #expect(output.status == 0, "\(output.err)")
    #expect(output.err.contains("perturbations: pixels 0 to 16, epsilon 1.6 = 1.6/16 of the range\n"))
    let dense = try #require(try output.json()["dense"] as? [String: Any])
    let last = try #require((dense["curve"] as? [[String: Any]])?.last)
    #expect(last["validationPGD"] as? Double != nil && last["validationFGSM"] as? Double != nil)
    let fgsm = Command.smallSearch + ["--out", scratch.path, "--set", "objective=fgsm"]
    try expectFailure(64, ["epsilon=0"], fgsm)
    try expectFailure(64, ["epsilon=20.0", "pixels 0 to 16"], fgsm + ["epsilon=20"])
    try expectFailure(64, ["attack-step=1.0", "16/16"], fgsm + ["epsilon=0.1", "attack-step=1"])
  }

  /// Pixels saved as floats from 0 to 255, and the same values in a table, have the radius of their range.
  @Test func radiiAreInTheRangeOfTheData() throws {
    let scratch = try Scratch()
    let rows = (0..<80).map { i in "\((i * 37 % 100) + (i % 2) * 155),\(i * 91 % 256),\(i % 2)" }
    let table = "csv:" + (try scratch.write("values.csv", (["a,b,label"] + rows + ["0,255,0"]).joined(separator: "\n")))
    let saved = scratch.path + "/saved.safetensors"
    let words = [
      "train", "--save", saved, "--set", "data=\(table)", "rounds=2", "model=mlp:4", "steps=2ep", "batch=16",
      "objective=fgsm",
    ]
    try expectFailure(
      64, ["epsilon=8/255", "two ways", "values 0 to 255", "8 if of the range"], words + ["epsilon=8/255"])
    let trained = try Command.run(words + ["epsilon=8"])
    #expect(
      trained.err.contains("perturbations: values 0 to 255, epsilon 8 = 0.0313725 of the range\n"), "\(trained.err)")
    let output = try Command.run("attack", saved, "--json")
    #expect(output.err.contains("epsilon 8 = 0.0313725 of the range"))
    let curve = try #require(try output.json()["curve"] as? [[String: Any]])
    #expect(curve.last?["epsilon"] as? Double == 255)
  }
}
