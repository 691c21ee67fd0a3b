import Basics
import Foundation
import Testing
import Tickets

/// Signals, limits of the system, and numbers that are refused before anything is done with them.
@Suite(.serialized, .enabled(if: Command.isBuilt)) struct LimitTests {
  private static let benches = [
    ["step", "--seconds", "30"], ["score", "--seconds", "30"], ["moving", "--moves", "100000"],
    ["layer", "--seconds", "30"], ["kernels", "--seconds", "30"], ["data", "--seconds", "30"],
    ["spiral", "--seconds", "30"], ["locality", "--units", "20000"],
  ]

  @Test(arguments: benches)
  func signalsEndMeasurementsAtOnce(_ words: [String]) throws {
    for signal in words[0] == "step" ? [SIGINT, SIGTERM] : [SIGTERM] {
      let job = try Command.Job(["bench"] + words)
      Thread.sleep(forTimeInterval: 0.4)
      let watch = Stopwatch()
      job.send(signal)
      let output = try job.wait()
      #expect(watch.seconds < 2 && output.isKilled && output.status == signal, "\(output)")
    }
  }

  /// A step that takes longer than two seconds does not keep the process.
  @Test(arguments: [SIGINT, SIGTERM])
  func signalsEndLongSteps(_ signal: Int32) throws {
    let scratch = try Scratch()
    let job = try Command.Job([
      "find", "--data", "digits", "--model", "mlp:3000,3000,3000", "--rounds", "1", "--batch", "1437", "--threads", "1",
      "--evaluate", "100ep", "--steps", "400ep", "--controls", "none", "--out", scratch.path,
    ])
    Thread.sleep(forTimeInterval: 1)
    let watch = Stopwatch()
    job.send(signal)
    let output = try job.wait()
    #expect(watch.seconds < 2.1 && output.status == 130 && !output.isKilled, "\(output)")
    #expect(output.err.contains("tombola: Interrupted"), "\(output.err)")
  }

  /// The system's limit on the size of files is an error like a full disk.
  @Test func tooLargeFilesEndWith73() throws {
    let scratch = try Scratch(), binary = try #require(Command.binary).path
    let words = [
      "find", "--data", "digits", "--model", "mlp:8", "--rounds", "1", "--steps", "1ep", "--out", scratch.path,
    ]
    let output = try Command.run(
      ["-c", "ulimit -f 8; exec \"$0\" \"$@\"", binary] + words, binary: URL(fileURLWithPath: "/bin/bash"))
    #expect(output.status == 73 && !output.isKilled, "\(output)")
    #expect(output.err.contains("File too large") && output.err.contains("ulimit -f"), "\(output.err)")
    #expect(try Command.run(words).status == 0, "and it goes on once there is room")
  }

  /// The Swift runtime itself needs five, so what the parent has open is closed first.
  @Test(arguments: 5...8) func fewDescriptorsAreAnError(_ most: Int) throws {
    let binary = try #require(Command.binary?.path), scratch = try Scratch()
    let words = [
      "find", "--data", "digits", "--model", "mlp:8", "--rounds", "1", "--steps", "1ep", "--out", scratch.path,
    ]
    let alone = "for ((f = 3; f < 256; f++)); do eval \"exec $f>&-\"; done; ulimit -n \(most); exec \"$0\" \"$@\""
    let output = try Command.run(["-c", alone, binary] + words, binary: URL(fileURLWithPath: "/bin/bash"))
    #expect([0, 73].contains(output.status) && !output.isKilled, "\(output)")
    #expect(output.status == 0 || output.err.contains("ulimit -n"), "\(output.err)")
  }

  @Test(arguments: ["step", "layer", "kernels", "score", "moving", "data"])
  func sizesAreRefusedBeforeMemoryIsTaken(_ bench: String) throws {
    for batch in ["9223372036854775807", "1000000000000", "1e12", "65537", "0", "-1", "x"] {
      let output = try expectFailure(64, ["1 to 65536"], ["bench", bench, "--batch", batch])
      #expect(output.err.count < 1000)
    }
    for seconds in ["inf", "nan", "-1", "1e300"] where bench != "moving" {
      try expectFailure(64, ["0 to 3600"], ["bench", bench, "--seconds", seconds])
    }
  }

  @Test func largeLayersAreRefusedBeforeMemoryIsTaken() throws {
    try expectFailure(
      65, ["conv1", "a sample would take"],
      ["bench", "step", "--input", "3x4096x4096", "--model", "resnet-20", "--batch", "65536"])
    try expectFailure(64, ["input shape"], ["bench", "step", "--input", "16777216x16777216x16777216"])
    try expectFailure(64, ["GB"], ["bench", "layer", "--linear", "65536x65536"])
  }

  @Test(arguments: [
    ("--lr", "-0.1", "lr=-0.1"), ("--rounds", "-3", "rounds=-3"), ("--fraction", "-1e-3", "fraction=-1e-3"),
  ])
  func negativeValuesAreExplained(_ option: String, _ value: String, _ word: String) throws {
    try expectFailure(64, [word, "out of range", "It must be"], ["find", "--data", "digits", option, value])
  }

  /// What a configuration file says is told with its name.
  @Test(arguments: ["lr: -1", "lr: nan", "rouns: 3", "copies: 2", "rounds: [1, 2]"])
  func configurationsNameTheirFile(_ line: String) throws {
    let scratch = try Scratch(), file = try scratch.write("mine.yaml", "data: digits\n\(line)\n")
    let output = try Command.run("find", "--config", file, "--out", scratch.path)
    #expect([64, 65].contains(output.status) && output.err.contains("mine.yaml"), "\(output.err)")
  }

  @Test func longValuesDoNotFillTheScreen() throws {
    let long = String(repeating: "7", count: 100_000)
    for words in [
      ["--lr", long], ["--set", "lr=\(long)"], ["--model", long], ["--data", long], ["--set", long], ["--seeds", long],
    ] {
      let output = try Command.run(["find", "--data", "digits"] + words)
      #expect(output.status == 64 && output.err.utf8.count < 1500, "\(words[0]): \(output.err.prefix(200))")
    }
  }
}

/// `train --save` says what was trained, and what reads it goes by that.
@Suite(.enabled(if: Command.isBuilt)) struct SavedTrainingTests {
  @Test func savedTicketsStateTheirOwnTraining() throws {
    let scratch = try Scratch(), saved = scratch.path + "/saved.safetensors"
    #expect(try Command.run(Command.smallSearch + ["--controls", "none", "--out", scratch.path]).status == 0)
    let found = try RunFolder(in: scratch.url).url.appendingPathComponent("ticket.safetensors").path
    let trained = try Command.run(
      "train", found, "--data", "digits+share:0.5", "--lr", "0.02", "--steps", "3ep", "--seed", "5", "--controls",
      "reinit",
      "--save", saved, "--json")
    #expect(trained.status == 0, "\(trained.err)")
    let arms = try #require(try trained.json()["arms"] as? [[String: Any]])
    func accuracy(_ name: String) -> Double? {
      arms.first { $0["name"] as? String == name }?["testAccuracy"] as? Double
    }
    let ticket = try Ticket(contentsOf: URL(fileURLWithPath: saved))
    #expect(ticket.seed == 5 && ticket.settings["lr"] == "0.02" && ticket.settings["steps"] == "3ep")
    #expect(ticket.settings["data"] == "digits+share:0.5" && ticket.settings["controls"] == "reinit")
    for (metric, arm) in [
      ("testAccuracy", "ticket"), ("dense.testAccuracy", "dense"), ("reinit.testAccuracy", "reinit"),
    ] {
      let kept = try #require(ticket.metrics[metric]), printed = try #require(accuracy(arm))
      #expect(abs(kept - printed) < 1e-12, "the JSON reader of the test may lose the last bit")
    }
    #expect(
      Set(ticket.metrics.keys)
        == [
          "testAccuracy", "validationAccuracy", "balancedAccuracy", "earlyStopStep", "earlyStopTestAccuracy",
          "dense.testAccuracy", "dense.balancedAccuracy", "reinit.testAccuracy", "reinit.balancedAccuracy",
        ])
    let evaluated = try Command.run("evaluate", saved, "--json").json()
    #expect(evaluated["testAccuracy"] as? Double == accuracy("ticket"), "on the data that it was trained on")
    #expect((evaluated["controls"] as? [String: Double])?["dense.testAccuracy"] == accuracy("dense"))
    let attacked = try Command.run("attack", saved, "--attacks", "fgsm", "--samples", "50", "--json")
    #expect(attacked.out.contains("\"data\":\"digits+share:0.5\""), "\(attacked.err)")
  }

  /// Settings of other versions stay readable; a ticket that starts after the end is refused.
  @Test func ticketsThatStartTooLateAreRefused() throws {
    let scratch = try Scratch()
    #expect(try Command.run(Command.smallSearch + ["--controls", "none", "--out", scratch.path]).status == 0)
    let found = try RunFolder(in: scratch.url).url.appendingPathComponent("seed-0/round-01.safetensors")
    var ticket = try Ticket(contentsOf: found)
    ticket.startStep = 1_000_000
    let late = scratch.url.appendingPathComponent("late.safetensors")
    try ticket.file().write(to: late)
    try expectFailure(65, ["1000000", "--steps"], ["train", late.path])
  }
}
