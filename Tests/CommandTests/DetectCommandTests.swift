import Foundation
import TestSupport
import Testing

/// `tombola detect` as a user runs it.
@Suite(.enabled(if: Command.isBuilt)) struct DetectCommandTests {
  private static let small = [
    "--model", "conv-s:0.5", "--steps", "1ep", "--pretrain-steps", "1ep", "--sparsity", "0.5", "--set",
    "pretrain-rewind=0it",
    "validation=8", "evaluate=1ep", "warmup=0it", "batch=16",
  ]

  /// Scenes as a folder in COCO's form are the scenes: every task trains and is evaluated on them, and gives the same numbers.
  @Test func foldersInCocosFormAreTrainedOn() throws {
    let scratch = try Scratch(), sprites = ["scenes=40", "test-scenes=16"], folder = "\(scratch.path)/coco"
    let export = try Command.run(["data", "export", folder, "--data", "sprites", "--set"] + sprites)
    #expect(export.status == 0, "\(export.err)")
    func figures(_ data: String, _ settings: [String]) throws -> [[String: Any]] {
      let output = try Command.run(
        ["detect", "--data", data, "--task", "segment,keypoints", "--strategy", "direct"] + Self.small + settings
          + ["--out", "\(scratch.path)/\(UUID().uuidString)", "--json"])
      #expect(output.status == 0, "\(output.err)")
      return try #require(output.json()["arms"] as? [[String: Any]])
    }
    let made = try figures("sprites", sprites), read = try figures("coco:\(folder):48", [])
    #expect(made.count == 8 && read.count == 8)
    for (a, b) in zip(made, read) {
      #expect(a["name"] as? String == b["name"] as? String)
      #expect((a["measures"] as? NSDictionary) == (b["measures"] as? NSDictionary), "\(a["name"] ?? "")")
    }
  }

  /// Images of every format, with boxes around parts of them: few, but real files through every step. Tests/Detection/photographs.py
  /// does the same with a photograph of many objects.
  @Test func imagesOfEveryFormatAreTrainedOn() throws {
    let scratch = try Scratch(), images = Repository.root.appendingPathComponent("Tests/Golden/images")
    let files = [
      ("colour-420.jpg", 100, 75), ("progressive.jpg", 30, 30), ("rgb.png", 23, 40), ("lossy.webp", 31, 40),
      ("rgb.tiff", 15, 24),
      ("restarts.jpg", 30, 30),
    ]
    let target = scratch.url.appendingPathComponent("images")
    try FileManager.default.createDirectory(at: target, withIntermediateDirectories: true)
    var entries: [String] = [], objects: [String] = []
    for i in 0..<48 {
      let (name, width, height) = files[i % files.count], file = "\(i)-\(name)"
      try FileManager.default.copyItem(at: images.appendingPathComponent(name), to: target.appendingPathComponent(file))
      entries.append("{\"id\": \(i), \"file_name\": \"\(file)\", \"width\": \(width), \"height\": \(height)}")
      let (w, h) = (width / 2, height / 2)
      objects.append(
        "{\"id\": \(i), \"image_id\": \(i), \"category_id\": \(1 + i % 2), \"bbox\": [1, 1, \(w), \(h)], \"area\": \(w * h), \"iscrowd\": 0, \"segmentation\": [[1, 1, \(w + 1), 1, \(w + 1), \(h + 1), 1, \(h + 1)]]}"
      )
    }
    let json = """
      {"images": [\(entries.joined(separator: ","))], "annotations": [\(objects.joined(separator: ","))],
      "categories": [{"id": 1, "name": "left"}, {"id": 2, "name": "right"}]}
      """
    try Data(json.utf8).write(to: scratch.url.appendingPathComponent("instances.json"))
    let output = try Command.run(
      ["detect", "--data", "coco:\(scratch.path):64", "--task", "detect,segment"] + Self.small
        + ["--out", "\(scratch.path)/runs", "--json"])
    #expect(output.status == 0, "\(output.err)")
    let arms = try #require(output.json()["arms"] as? [[String: Any]])
    #expect(arms.count == 2 * 7)
    for arm in arms { #expect(((arm["measures"] as? [String: Any])?["AP"] as? [String: Any])?["mean"] is Double) }
    // Without keypoints there are none to find.
    try expectFailure(
      64, ["has no keypoints"],
      ["detect", "--data", "coco:\(scratch.path):64", "--task", "keypoints"] + Self.small + [
        "--out", "\(scratch.path)/runs",
      ])
  }

  @Test func whatCannotWorkIsRefused() throws {
    let scratch = try Scratch(), out = ["--out", "\(scratch.path)/runs"]
    try expectFailure(
      64, ["no image of features", "--model"],
      ["detect", "--model", "mlp:20", "--set", "scenes=20", "test-scenes=8", "validation=4"] + out)
    try expectFailure(
      64, ["scope=nothing", "no layer or module"],
      ["detect", "--scope", "nothing"] + Self.small + ["scenes=20", "test-scenes=8"] + out)
    try expectFailure(
      64, ["transfer needs a backbone"],
      ["detect", "--pretrain-steps", "0it", "--set", "scenes=20", "test-scenes=8", "validation=4"] + out)
    let tiny = ["scenes=20", "test-scenes=8"] + out
    try expectFailure(
      64, ["reset=9ep is not before the end", "1ep, 1 steps"],
      ["detect", "--strategy", "direct", "--reset", "9ep"] + Self.small + tiny)
    try expectFailure(
      64, ["pretrain-rewind=100it is not before the end"], ["detect"] + Self.small + ["pretrain-rewind=100it"] + tiny)
    try expectFailure(
      64, ["sprites are scenes", "tombola detect"], ["find", "--data", "sprites", "--model", "mlp:8"] + out)
    try expectFailure(64, ["no effect with --scenes"], ["bench", "step", "--scenes", "detect", "--loss", "bce"])
    try expectFailure(64, ["There are no scenes 'spirits'"], ["detect", "--data", "spirits"] + out)
    try expectFailure(64, ["sparsity=1.0"], ["detect", "--sparsity", "1.0"] + out)
  }

  /// A ticket from a file has one mask: it stands for its own sparsity, not for whichever is asked for.
  @Test func aTicketIsMovedAtItsOwnSparsity() throws {
    let scratch = try Scratch(), small = Self.small + ["scenes=24", "test-scenes=8", "controls=none"]
    let found = try Command.run([
      "find", "--data", "digits", "--model", "conv-s:0.5", "--rounds", "1", "--steps", "1ep", "--controls", "none",
      "--seeds", "1", "--out", "\(scratch.path)/tickets",
    ])
    #expect(found.status == 0, "\(found.err)")
    let run = try #require(FileManager.default.contentsOfDirectory(atPath: "\(scratch.path)/tickets").first)
    let ticket = "\(scratch.path)/tickets/\(run)/seed-0/round-01.safetensors"
    func words(_ sparsity: String) -> [String] {
      ["detect", "--ticket", ticket, "--strategy", "transfer"] + small
        + ["sparsity=\(sparsity)", "--out", "\(scratch.path)/runs", "--json"]
    }
    try expectFailure(64, ["the ticket's own mask", "leave transfer out"], words("0.5,0.9"))
    let refused = try expectFailure(64, ["the ticket's own mask", "--sparsity"], words("0.97"))
    let own = try #require(try /--sparsity ([0-9.]+)/.firstMatch(in: refused.err)).output.1
    let output = try Command.run(words(String(own)))
    #expect(output.status == 0, "\(output.err)")
    let arms = try #require(output.json()["arms"] as? [[String: Any]])
    let sparsity = try #require((arms.last?["backboneSparsity"] as? [String: Any])?["mean"] as? Double)
    #expect(arms.count == 2 && abs(sparsity - Double(own)!) < 0.005)
    let dense = "\(scratch.path)/tickets/\(run)/seed-0/dense.safetensors"
    try expectFailure(
      64, ["The ticket is dense"],
      ["detect", "--ticket", dense, "--strategy", "transfer"] + small + ["--out", "\(scratch.path)/runs"])
  }

  @Test func aDetectorsStepIsMeasured() throws {
    let words = [
      "bench", "step", "--scenes", "segment", "--model", "conv-s:0.5", "--input", "1x48x48", "--batch", "4",
      "--seconds", "0",
    ]
    let output = try Command.run(words + ["--json"])
    #expect(try output.json()["model"] as? String == "segment(conv-s:0.5)")
    try expectFailure(64, ["square and grey", "1x48x48"], ["bench", "step", "--scenes", "detect"])
    try expectFailure(64, ["--scenes boxes is no task"], ["bench", "step", "--scenes", "boxes"])
  }

  /// 90 % of the backbone is less of the network: counted from the weights of the layers themselves.
  @Test func networkSparsityFollowsFromTheSharesOfModules() throws {
    let scratch = try Scratch()
    let output = try Command.run(
      [
        "detect", "--scope", "backbone", "--strategy", "direct", "--model", "conv-s:0.5", "--sparsity", "0.9", "--set",
        "scenes=40",
        "test-scenes=16", "validation=8", "steps=1ep", "evaluate=1ep", "pretrain-steps=0it", "controls=none",
        "warmup=0it", "--out",
        "\(scratch.path)/runs", "--json",
      ])
    #expect(output.status == 0, "\(output.err)")
    let json = try output.json(), arms = try #require(json["arms"] as? [[String: Any]])
    let modules = try #require(json["modules"] as? [[String: Any]])
    func weights(_ name: String) -> Double {
      Double(modules.first { $0["name"] as? String == name }?["weights"] as? Int ?? 0)
    }
    let backbone = weights("backbone"), whole = backbone + weights("boxes")
    // Convolutions of 8, 8, 16 and 16 outputs, and of the box head 16 by 3x3, then 1 + 10 + 4 of 1x1.
    let convolutions = [8 * 9, 8 * 8 * 9, 8 * 16 * 9, 16 * 16 * 9], box = [16 * 16 * 9, 16 * 15]
    #expect(backbone == Double(convolutions.reduce(0, +)))
    #expect(whole == backbone + Double(box.reduce(0, +)))
    let direct = try #require(arms.first { $0["name"] as? String == "direct-0.9" })
    let sparsity = try #require((direct["networkSparsity"] as? [String: Any])?["mean"] as? Double)
    #expect(abs(sparsity - (0.9 * backbone).rounded() / whole) < 1e-9)
  }
}
