import Basics
import Foundation
import Testing

@Suite(.enabled(if: Command.isBuilt)) struct VerbTests {
  @Test(arguments: [
    [], ["quickstart"], ["find"], ["criteria"], ["certify"], ["train"], ["evaluate"], ["inspect"], ["graph"], ["list"],
    ["data"], ["data", "list"], ["data", "fetch"], ["data", "verify"], ["spiral"], ["spiral", "search"],
    ["spiral", "prune"], ["spiral", "report"], ["bench"], ["bench", "step"], ["bench", "kernels"], ["bench", "spiral"],
    ["bench", "data"], ["bench", "moving"], ["bench", "score"], ["bench", "locality"], ["bench", "binary"], ["attack"],
    ["boost"], ["sift"],
    ["runs"], ["runs", "list"], ["runs", "show"], ["runs", "compare"], ["runs", "diff"], ["runs", "export"],
    ["runs", "clean"], ["sweep"], ["sweep", "start"], ["sweep", "resume"], ["sweep", "status"], ["sweep", "cancel"],
    ["report"], ["serve"], ["connect"], ["popup"], ["biprop"], ["prove"], ["basis"], ["stretch"], ["squeeze"],
    ["dual"], ["grow"], ["predict-subnets"], ["surf"], ["detect"], ["selfensemble"], ["ood"], ["adapt"], ["export"],
    ["import"],
    ["predict"], ["bench", "inference"], ["bench", "critics"], ["critics"], ["score"], ["doctor"],
  ])
  func helpFitsAScreen(_ verb: [String]) throws {
    let output = try Command.run(verb + ["--help"])
    #expect(output.status == 0 && output.err == "")
    #expect(output.out.contains("USAGE: tombola"))
    #expect(output.out.split(separator: "\n", omittingEmptySubsequences: false).count <= 60)
  }

  @Test func everyVerbIsInTheHelpTest() throws {
    let help = try Command.run("--help").out
    let named = [
      "quickstart", "find", "criteria", "certify", "connect", "train", "evaluate", "attack", "boost", "inspect",
      "graph",
      "list", "data", "runs", "sweep", "report", "serve", "spiral", "sift", "bench", "k-pattern", "popup", "biprop",
      "basis",
      "prove", "stretch", "squeeze", "dual", "grow", "predict-subnets", "surf", "detect", "selfensemble", "ood",
      "adapt",
      "export",
      "import",
      "predict", "score", "doctor", "critics",
    ]
    for verb in named {
      #expect(help.contains("  \(verb) "))
    }
    let verbs = help.components(separatedBy: "SUBCOMMANDS:").last?.split(separator: "\n").filter {
      $0.hasPrefix("  ") && $0.dropFirst(2).first?.isLetter == true && !$0.contains("See '")
    }
    #expect(verbs?.count == named.count, "name the new verb here")
  }

  @Test func listsWhatCanBeNamed() throws {
    let all = try Command.run("list")
    #expect(all.status == 0)
    for word in [
      "digits", "lenet-300-100", "one-shot", "magnitude", "layerwise", "lr-rewind", "portable", "tolerance",
      "trades:BETA",
    ] {
      #expect(all.out.contains("  \(word) "))
    }
    let settings = try Command.run("list", "settings")
    #expect(settings.status == 0 && settings.out.contains(/\n  rounds +rounds of pruning \[12\]\n/))
    try expectFailure(64, ["no topic 'setings'", "settings"], ["list", "setings"])
    let data = try Command.run("data", "list")
    #expect(data.status == 0 && data.out.contains("built in") && data.out.contains("idx:DIR"))
    let verified = try Command.run("data", "verify", "digits")
    #expect(verified.status == 0 && verified.out.contains("built in"))
    try expectFailure(64, ["no data set 'digit'", "digits"], ["data", "verify", "digit"])
  }

  @Test func findPrintsOneObjectWithAllItsKeys() throws {
    let scratch = try Scratch()
    let output = try Command.run(Command.smallSearch + ["--seeds", "2", "--out", scratch.path, "--json"])
    #expect(output.status == 0)
    #expect(output.out.split(separator: "\n").count == 1)
    let json = try output.json()
    #expect(json["command"] as? String == "find")
    #expect((json["settings"] as? [String: String])?["rounds"] == "3")
    #expect(json["seeds"] as? [Int] == [0, 1])
    #expect((json["seconds"] as? [String: Double])?["total"] != nil)
    #expect((json["verdict"] as? [String])?.isEmpty == false)
    try expectArm(json["dense"])
    let rounds = try #require(json["rounds"] as? [[String: Any]])
    #expect(rounds.map { $0["round"] as? Int } == [1, 2, 3])
    let total = 64 * 24 + 24 * 16 + 16 * 10
    var left = total
    for round in rounds {
      left -= Int((0.2 * Double(left)).rounded())
      let density = try #require(round["density"] as? Double)
      #expect(round["remaining"] as? Int == left && abs(density - Double(left) / Double(total)) < 1e-12)
      for arm in ["ticket", "reinit", "shuffled", "random"] { try expectArm(round[arm]) }
    }
    if let ticket = json["ticket"] as? [String: Any] {
      let path = try #require(ticket["path"] as? String)
      #expect(ticket["bytes"] as? Int == (try Data(contentsOf: URL(fileURLWithPath: path)).count))
      #expect((ticket["digest"] as? String)?.count == 64 && ticket["density"] is Double)
    }
    let again = try Command.run(Command.smallSearch + ["--seeds", "2", "--out", scratch.path])
    #expect(again.status == 0 && again.out.contains("Re-initialised") && again.out.contains("report: "))
    let folder = try RunFolder(in: scratch.url)
    try folder.expectReadable()
    #expect(try folder.files().filter { !$0.contains("/") && $0.contains(".") }.count >= 4)
  }

  private func expectArm(_ value: Any?, location: SourceLocation = #_sourceLocation) throws {
    let arm = try #require(value as? [String: Any], sourceLocation: location)
    for key in ["testAccuracy", "earlyStopStep"] {
      let interval = try #require(arm[key] as? [String: Any], sourceLocation: location)
      #expect((interval["values"] as? [Double])?.count == 2, sourceLocation: location)
      let (low, mean, high) = (interval["low"], interval["mean"], interval["high"])
      guard let low = low as? Double, let mean = mean as? Double, let high = high as? Double else {
        Issue.record("\(key) is \(interval)", sourceLocation: location)
        continue
      }
      #expect(low <= mean && mean <= high, sourceLocation: location)
    }
  }

  /// inspect, evaluate and train read what find wrote; so does a compact copy.
  @Test func ticketsGoThroughAllVerbs() throws {
    let scratch = try Scratch()
    #expect(try Command.run(Command.smallSearch + ["--out", scratch.path]).status == 0)
    let ticket = try RunFolder(in: scratch.url).url.appendingPathComponent("seed-0/round-02.safetensors").path
    let inspected = try Command.run("inspect", ticket)
    #expect(inspected.status == 0)
    for word in ["fc3", "effective", "dead", "storage", "digest"] { #expect(inspected.out.contains(word)) }
    let json = try Command.run("inspect", ticket, "--json").json()
    let digest = try #require(json["digest"] as? String)
    #expect((json["layers"] as? [Any])?.count == 3 && json["holdsTrainedWeights"] as? Bool == true)

    let evaluated = try Command.run("evaluate", ticket, "--json").json()
    let metrics = try #require(json["metrics"] as? [String: Double])
    #expect(evaluated["testAccuracy"] as? Double == metrics["testAccuracy"])
    #expect(try Command.run("evaluate", ticket).out.contains("ticket at 63.99 %"))

    let compact = scratch.url.appendingPathComponent("compact.safetensors").path
    #expect(try Command.run("inspect", ticket, "--compact", compact).status == 0)
    #expect(try Command.run("inspect", compact, "--json").json()["digest"] as? String == digest)
    try expectFailure(65, ["no trained weights", "tombola train"], ["evaluate", compact])

    let saved = scratch.url.appendingPathComponent("saved.safetensors").path
    let trained = try Command.run("train", compact, "--save", saved, "--json")
    #expect(trained.status == 0)
    let arms = try #require(trained.json()["arms"] as? [[String: Any]])
    #expect(arms.map { $0["name"] as? String } == ["dense", "ticket", "reinit", "shuffled", "random"])
    #expect(arms[1]["testAccuracy"] as? Double == metrics["testAccuracy"], "a ticket trains to the same network again")
    #expect(try Command.run("evaluate", saved, "--json").json()["testAccuracy"] as? Double == metrics["testAccuracy"])
    let table = try Command.run("train", ticket)
    for word in ["dense", "ticket", "reinit", "shuffled", "random"] { #expect(table.out.contains(word)) }
  }

  @Test func aDenseNetworkIsTrainedSavedAndEvaluated() throws {
    let scratch = try Scratch(), saved = scratch.url.appendingPathComponent("dense.safetensors").path
    let output = try Command.run(
      "train", "--data", "digits", "--model", "mlp:16", "--steps", "2ep", "--save", saved, "--json")
    let arms = try #require(try output.json()["arms"] as? [[String: Any]])
    #expect(arms.count == 1 && arms[0]["density"] as? Double == 1)
    let evaluated = try Command.run("evaluate", saved, "--json")
    #expect(evaluated.status == 0, "\(evaluated.err)")
    #expect(try evaluated.json()["testAccuracy"] as? Double == arms[0]["testAccuracy"] as? Double)
  }

  /// A search on a folder of images, augmented: what it was made of is recorded, and other images are refused.
  @Test func imageFoldersAreFollowed() throws {
    let scratch = try Scratch(), images = scratch.url.appendingPathComponent("images")
    let golden = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("Golden/images")
    for (i, name) in ["rgb.png", "rgba.png", "colour-420.jpg", "cmyk-adobe.jpg", "palette-8.png", "one.png"]
      .enumerated()
    {
      for kind in ["cat", "dog"] {
        let folder = images.appendingPathComponent(kind)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try FileManager.default.copyItem(
          at: golden.appendingPathComponent(name), to: folder.appendingPathComponent("\(i)-\(name)"))
      }
    }
    let search = [
      "find", "--data", "images:\(images.path)", "--model", "conv-2", "--rounds", "1", "--steps", "2ep", "--out",
      scratch.path, "--set", "image-size=12", "augmentation=crop:2,flip", "--controls", "none",
    ]
    let output = try Command.run(search + ["--json"])
    #expect(output.status == 0, "\(output.err)")
    let json = try output.json(), dataset = try #require(json["dataset"] as? [String: Any])
    #expect(dataset["shape"] as? [Int] == [3, 12, 12] && dataset["classes"] as? Int == 2)
    #expect((json["settings"] as? [String: String])?["augmentation"] == "crop:2,flip")
    let digest = try #require(dataset["digest"] as? String)
    let folder = try RunFolder(in: scratch.url)
    #expect(try String(contentsOf: folder.url.appendingPathComponent("run.json"), encoding: .utf8).contains(digest))
    #expect(try Command.run(search + ["--json"]).json()["dataset"] as? NSDictionary == dataset as NSDictionary)
    try FileManager.default.removeItem(at: images.appendingPathComponent("cat/0-rgb.png"))
    try expectFailure(65, ["is not what it was when", String(digest.prefix(12)), "--out"], search)
    try Data().write(to: images.appendingPathComponent("cat/broken.png"))
    try expectFailure(65, ["cat/broken.png is empty"], search)
  }

  /// Copies of a data set are told from the original, and accepted if asked for.
  @Test func verifyTellsCopiesFromTheOriginal() throws {
    let scratch = try Scratch()
    try scratch.hollowCIFAR100()
    let verify = ["data", "verify", "cifar-100", "--data-dir", scratch.path]
    let output = try Command.run(verify)
    #expect(output.status == 65 && output.err.contains("2 of 2 files of cifar-100 are not the original's"))
    #expect(output.err.contains("--allow-copies"))
    #expect(output.out.contains("other content than the original"))
    #expect(try Command.run(verify + ["--allow-copies"]).status == 0)
  }

  /// All levels of this machine give the same bits.
  @Test func processorsAgree() throws {
    var tickets: [String: [String]] = [:]
    let levels = try Command.run("list", "cpu").out
    for level in ["portable", "avx2", "avx512", "neon"] {
      let line = levels.split(separator: "\n").first { $0.contains("  \(level) ") }
      guard line?.contains("not on this machine") == false else {
        print("skipped: this machine has no \(level)")
        try expectFailure(64, [level, "portable"], ["list"], environment: ["TOMBOLA_CPU": level])
        continue
      }
      let scratch = try Scratch()
      let output = try Command.run(
        Command.smallSearch + ["--out", scratch.path, "--set", "rewind=3it", "momentum=0.9"],
        environment: ["TOMBOLA_CPU": level])
      #expect(output.status == 0, "\(output.err)")
      let found = try RunFolder(in: scratch.url).tickets()
      if tickets.isEmpty { tickets = found }
      #expect(found == tickets, "\(level)")
    }
    try expectFailure(64, ["TOMBOLA_CPU=sse9", "portable"], ["list"], environment: ["TOMBOLA_CPU": "sse9"])
  }

  /// Whoever reads may stop reading; where nothing can be printed, the message says so.
  @Test func standardOutputMayClose() throws {
    let binary = try #require(Command.binary).path
    func shell(_ line: String) throws -> Int32 {
      let process = Process()
      process.executableURL = URL(fileURLWithPath: "/bin/sh")
      process.arguments = ["-c", line]
      process.standardError = FileHandle.nullDevice
      try process.run()
      process.waitUntilExit()
      return process.terminationStatus
    }
    let scratch = try Scratch(), status = scratch.url.appendingPathComponent("status")
    #expect(try shell("{ sleep 0.2; '\(binary)' list; echo $? > '\(status.path)'; } | true") == 0)
    #expect(try String(contentsOf: status, encoding: .utf8) == "0\n")
    guard FileManager.default.fileExists(atPath: "/dev/full") else {
      print("skipped: this machine has no /dev/full")
      return
    }
    #expect(try shell("'\(binary)' list > /dev/full") == 73)
  }
}
