import Basics
import Foundation
import Testing
import Tickets

@Suite(.enabled(if: Command.isBuilt)) struct ErrorTests {
  @Test func badUsageEndsWith64() throws {
    try expectFailure(64, ["--sed", "--help"], ["find", "--sed", "3"])
    try expectFailure(64, ["nonsense"], ["nonsense"])
    try expectFailure(64, ["--seeds"], ["find", "--seeds", "0"])
    try expectFailure(64, ["--seeds"], ["find", "--seeds", "many"])
    try expectFailure(64, ["--threads"], ["find", "--threads", "0"])
    try expectFailure(64, ["no assignment", "key=value"], ["find", "--set", "rounds"])
    try expectFailure(64, ["no setting 'round'", "rounds"], ["find", "--set", "round=3"])
    try expectFailure(64, ["no setting 'zzzzzzzzz'", "Valid:", "weight-decay"], ["find", "--set", "zzzzzzzzz=3"])
    try expectFailure(64, ["no data set 'digts'", "digits"], ["find", "--data", "digts"])
    try expectFailure(
      64, ["no model 'lenet-300'", "lenet-300-100"], ["find", "--data", "digits", "--model", "lenet-300"])
    try expectFailure(64, ["names no widths", "mlp:512,256"], ["find", "--data", "digits", "--model", "mlp:"])
    try expectFailure(64, ["takes no arguments"], ["find", "--data", "digits", "--model", "lenet-300-100:5"])
    try expectFailure(
      64, ["no algorithm 'oneshot'", "one-shot"], ["find", "--data", "digits", "--algorithm", "oneshot"])
    try expectFailure(64, ["no criterion 'gradient'"], ["find", "--data", "digits", "--criterion", "gradient"])
    try expectFailure(64, ["no allocation 'erkk'", "erk"], ["find", "--data", "digits", "--allocation", "erkk"])
    try expectFailure(
      64, ["100 rounds", "fewer than one a layer", "--rounds"], ["find", "--data", "digits", "--rounds", "100"])
    try expectFailure(
      64, ["1099591319562 parameters", "--model"], ["find", "--data", "digits", "--model", "mlp:1048576,1048576"])
    try expectFailure(64, ["rewind", "--steps"], ["find", "--data", "digits", "--rewind", "12ep"])
  }

  /// A bad value for every setting; a new setting needs a line here.
  @Test(arguments: SearchSettings.fields.map(\.key))
  func badValuesEndWith64(_ key: String) throws {
    let bad: [String: [String]] = [
      "data": ["nope", ""], "model": ["nope", "mlp:0", "mlp:99999999999999999999", "resnet-20:0", "graph:"],
      "normalisation": ["nope", "", "1", "1/0", "nan/1", "1,2/1", "1,2/1,2"], "weights": ["nope", ""],
      "mask": ["nope", "mask.txt"],
      "algorithm": ["nope"],
      "criterion": ["nope"], "allocation": ["nope"],
      "factors": ["nope", "fc1", "fc1=5", "fc1=nan", "nope=1", "fc1=0.5"],
      "exclude": ["nope", "fc1,nope", "*nope"], "rounds": ["0", "201", "-1", "1.5", "many"],
      "fraction": ["0", "1", "-0.1", "nan", "inf", "half"],
      "rewind": ["1", "-1it", "3epochs", "9223372036854775807ep"],
      "retraining": ["nope"], "initializer": ["nope"], "controls": ["nope", "reinit,nope", ""],
      "validation": ["0", "-5", "x"], "split-seed": ["-1", "x"],
      "steps": ["0", "0ep", "12", "9223372036854775807ep", "1000001ep"], "drop-last": ["maybe"],
      "batch": ["0", "65537", "-1", "x"],
      "optimizer": ["nope"], "lr": ["0", "-1", "nan", "inf", "x"], "momentum": ["1", "-0.1", "nan", "x"],
      "nesterov": ["yes"], "weight-decay": ["-1", "nan"],
      "schedule": ["nope", "step:", "step:1ep,,2ep", "step:9223372036854775807ep"],
      "warmup": ["x", "9223372036854775807it"], "loss": ["nope"],
      "class-weights": ["nope", "1,2", "0,1,1,1,1,1,1,1,1,1", "1,nan,1,1,1,1,1,1,1,1", "3"], "sampling": ["nope", ""],
      "patience": ["x", "-1ep", "1it", "9223372036854775807ep"], "min-delta": ["-0.1", "1", "nan", "0.01"],
      "evaluate": ["0it", "x"],
      "tolerance": ["-0.1", "1.1", "x"], "margin": ["-0.1", "101", "nan", "x"], "image-size": ["0", "1025", "x", "64"],
      "label": ["", "first"], "header": ["maybe", "", "no"], "decimal": [",", "comma"],
      "keep-controls": ["maybe"], "keep-scores": ["maybe"], "test-share": ["0", "1", "-0.1", "nan", "x", "0.5"],
      "augmentation": ["nope", "", "crop:0", "crop:8", "flip,flip"],
      "structure": ["nope", "2:2", "0:4", "4:2", "2:", "blocks:", "blocks:0x4", "blocks:4"],
      "move-every": ["x", "-1it", "100"], "move-fraction": ["0", "1", "nan", "x"],
      "move-until": ["-0.1", "1.1", "nan"],
      "score-split": ["test", ""], "score-batches": ["0", "-1", "x"], "score-batch": ["0", "65537", "x"],
      "score-norm": ["nope"], "score-passes": ["-1", "x", "100000"],
      "training-samples": ["-1", "x"], "warmup-start": ["-0.1", "1.1", "nan", "x"],
      "objective": ["nope", "", "pgd", "pgd:0", "trades:-1", "free:0", "fgsm", "pgd:3"],
      "epsilon": ["-1", "nan", "8/0", "1/2/3", "x", "1", "17"], "attack-step": ["-1", "nan", "x", "17/16"],
      "random-start": ["maybe"],
      "robust-samples": ["-1", "x"], "evaluate-samples": ["-1", "x"],
    ]
    let values = try #require(bad[key], "name bad values of the new setting '\(key)' here")
    for value in values {
      let settings = ["find", "--out", "/dev/null/none", "--set", "data=digits", "rounds=2"]
      let output = try expectFailure(64, [], settings + ["\(key)=\(value)"])
      #expect(output.err.split(separator: "\n").count == 2, "what is wrong, and what to do: \(output.err)")
    }
  }

  @Test func missingInputEndsWith66() throws {
    let scratch = try Scratch(), nowhere = scratch.path + "/nowhere"
    if try Command.run("data", "verify", "mnist").status == 66 {
      try expectFailure(66, ["mnist"], ["find", "--data", "mnist", "--data-dir", scratch.path, "--out", scratch.path])
    } else {
      print("skipped: MNIST is on this machine, so it cannot be missing")
    }
    for verb in ["inspect", "evaluate", "train"] { try expectFailure(66, ["nowhere"], [verb, nowhere]) }
    try expectFailure(66, ["nowhere"], ["find", "--config", nowhere])
    for form in ["idx", "npz", "csv", "images"] {
      try expectFailure(66, ["nowhere"], ["find", "--data", "\(form):\(nowhere)"])
    }
    let verified = try Command.run("data", "verify", "fashion-mnist", "--data-dir", nowhere)
    #expect(verified.status == 66 || verified.out.contains("/usr/share"), "\(verified)")
  }

  @Test func brokenDataEndsWith65() throws {
    let scratch = try Scratch()
    let csv = try scratch.write("broken.csv", "1,2,0\n1,x,1\n")
    try expectFailure(65, ["broken.csv"], ["find", "--data", "csv:\(csv)"])
    let empty = try scratch.write("empty.csv", "")
    try expectFailure(65, ["empty.csv"], ["find", "--data", "csv:\(empty)"])
    let npz = try scratch.write("broken.npz", "PK\u{3}\u{4} and then nothing")
    try expectFailure(65, ["broken.npz"], ["find", "--data", "npz:\(npz)"])
    for name in [
      "train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte",
    ] {
      _ = try scratch.write("idx/\(name)", Data([0, 0, 8, 3, 0, 0, 0, 9]))
    }
    try expectFailure(65, ["idx3-ubyte"], ["find", "--data", "idx:\(scratch.path)/idx"])
    let ticket = try scratch.write("t.safetensors", "no ticket at all")
    for verb in ["inspect", "evaluate", "train"] { try expectFailure(65, ["t.safetensors"], [verb, ticket]) }
    var foreign = SafetensorsFile(metadata: ["format": "pt"])
    foreign.add("weight", [1, 2] as [Float])
    let path = try scratch.write("pt.safetensors", try foreign.encoded())
    for verb in ["inspect", "evaluate", "train"] { try expectFailure(65, ["no Tombola ticket"], [verb, path]) }
  }

  @Test func ticketsRefuseOtherData() throws {
    let scratch = try Scratch()
    #expect(try Command.run(Command.smallSearch + ["--controls", "none", "--out", scratch.path]).status == 0)
    let ticket = try RunFolder(in: scratch.url).url.appendingPathComponent("seed-0/round-01.safetensors").path
    let rows = (0..<40).map { "\($0),\($0 % 7),\($0 % 2)" }.joined(separator: "\n")
    let csv = try scratch.write("plain.csv", rows + "\n")
    for verb in ["evaluate", "train"] {
      try expectFailure(
        65, ["round-01.safetensors", "1x8x8", "10 classes", "2 classes", "--data"],
        [verb, ticket, "--data", "csv:\(csv)"])
    }
  }

  @Test func unwritableFoldersEndWith73() throws {
    let scratch = try Scratch(), file = try scratch.write("file", "in the way")
    try expectFailure(73, ["/file", "--out"], Command.smallSearch + ["--out", file + "/runs"])
    try expectFailure(73, ["/file"], Command.smallSearch + ["--out", file])
    if FileManager.default.fileExists(atPath: "/proc/self") {
      try expectFailure(73, ["/proc/runs"], Command.smallSearch + ["--out", "/proc/runs"])
    }
    let output = try Command.run(
      "train", "--data", "digits", "--model", "mlp:8", "--steps", "1ep", "--save", file + "/x.safetensors")
    #expect(output.status == 73 && output.err.contains("x.safetensors"))
  }

  @Test func divergedTrainingEndsWith70() throws {
    let scratch = try Scratch()
    try expectFailure(
      70, ["diverged", "Seed 0, dense, learning rate 1e+30", "not a number", "--lr"],
      Command.smallSearch + ["--lr", "1e30", "--out", scratch.path])
  }

  @Test func graphFilesAreReadAndChecked() throws {
    let scratch = try Scratch()
    let shown = try Command.run("graph", "lenet-5", "--input", "1x8x8", "--classes", "10", "--yaml")
    #expect(shown.status == 65 && shown.err.contains("does not fit"), "\(shown.err)")
    let written = try Command.run("graph", "conv-2:0.1", "--input", "1x8x8", "--yaml")
    let good = try scratch.write("good.yaml", written.out)
    let options = [
      "--data", "digits", "--rounds", "1", "--steps", "3ep", "--controls", "none", "--out", scratch.path, "--set",
      "tolerance=1",
    ]
    let byFile = try Command.run(["find", "--model", "graph:\(good)", "--json"] + options)
    let byName = try Command.run(["find", "--model", "conv-2:0.1", "--json"] + options)
    #expect(byFile.status == 0 && byName.status == 0, "\(byFile.err)\(byName.err)")
    func digest(_ output: Command.Output) throws -> String? {
      (try output.json()["ticket"] as? [String: Any])?["digest"] as? String
    }
    #expect(try digest(byFile) == digest(byName), "the same network, trained to the same bits")
    // The same name with another content is another search, and a ticket needs its file no more.
    let ticket = try #require((try byFile.json()["ticket"] as? [String: Any])?["path"] as? String)
    try written.out.replacingOccurrences(of: "outputs: 6", with: "outputs: 7").write(
      toFile: good, atomically: true, encoding: .utf8)
    let changed = try Command.run(["find", "--model", "graph:\(good)", "--json"] + options)
    #expect(try digest(changed) != digest(byFile), "\(changed.err)")
    try FileManager.default.removeItem(atPath: good)
    #expect(try Command.run("evaluate", ticket).status == 0)
    let circle = try scratch.write(
      "circle.yaml", "nodes: [{name: a, layer: relu, inputs: b}, {name: b, layer: relu, inputs: a}]")
    try expectFailure(65, ["circle.yaml", "'a'", "'b'"], ["find", "--data", "digits", "--model", "graph:\(circle)"])
    try expectFailure(66, ["nowhere"], ["find", "--data", "digits", "--model", "graph:/nowhere"])
  }

  @Test func configurationFilesAreReadAndChecked() throws {
    let scratch = try Scratch()
    let text = "data: digits\nmodel: mlp:24,16\nrounds: 5\nsteps: 1ep # short\ncontrols: none\nlr: 0.05\n"
    let good = try scratch.write("good.yaml", text)
    let output = try Command.run("find", "--config", good, "--rounds", "2", "--out", scratch.path, "--json")
    #expect(output.status == 0, "\(output.err)")
    let settings = try #require(try output.json()["settings"] as? [String: String])
    #expect(settings["lr"] == "0.05" && settings["controls"] == "none")
    #expect(settings["rounds"] == "2", "the line wins over the file")
    let bad: [(Int32, String, [String])] = [
      (64, "rouns: 3\n", ["no setting 'rouns'", "rounds"]), (64, "rounds: many\n", ["rounds=many", "whole number"]),
      (65, "rounds: [3\n", ["no YAML", "line"]), (65, "only words\n", ["no settings"]), (65, "", ["no settings"]),
      (65, "controls: [reinit, random]\n", ["'controls'", "one word"]), (65, "rounds: 3\nrounds: 4\n", ["rounds"]),
      (65, "- rounds\n- 3\n", ["no settings"]),
    ]
    for (i, (status, text, words)) in bad.enumerated() {
      let file = try scratch.write("bad-\(i).yaml", text)
      let output = try expectFailure(status, words, ["find", "--config", file])
      #expect(output.err.split(separator: "\n").count == 2, "\(output.err)")
    }
    try expectFailure(66, ["missing.yaml", "--config"], ["find", "--config", scratch.path + "/missing.yaml"])
  }
}
