import Foundation
import Testing

/// `tombola score` as a user runs it.
@Suite(.enabled(if: Command.isBuilt)) struct ScoreCommandTests {
  private static let truth = """
    {"images": [{"id": 1, "width": 100, "height": 80}], "categories": [{"id": 1, "name": "cat"}],
    "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [0, 0, 20, 20], "area": 400},
    {"id": 2, "image_id": 1, "category_id": 1, "bbox": [50, 0, 20, 20], "area": 400}]}
    """
  private static let one = #"{"image_id": 1, "category_id": 1, "bbox": [0, 0, 20, 20], "score": 0.9}"#
  private static let other = #"{"image_id": 1, "category_id": 1, "bbox": [50, 0, 20, 20], "score": 0.8}"#

  private func write(_ text: String, to name: String, _ scratch: Scratch) throws -> String {
    let url = scratch.url.appendingPathComponent(name)
    try Data(text.utf8).write(to: url)
    return url.path
  }

  @Test func seedsGiveMeansWithIntervals() throws {
    let scratch = try Scratch()
    let files = [
      try write(Self.truth, to: "truth.json", scratch), try write("[\(Self.one)]", to: "seed-0.json", scratch),
      try write("[\(Self.one), \(Self.other)]", to: "seed-1.json", scratch),
    ]
    let json = try Command.run(["score"] + files + ["--json"]).json()
    #expect(json["objects"] as? Int == 2 && json["command"] as? String == "score")
    let recall = try #require((json["measures"] as? [String: Any])?["AR100"] as? [String: Any])
    #expect(recall["values"] as? [Double] == [0.5, 1])
    let low = try #require(recall["low"] as? Double), high = try #require(recall["high"] as? Double)
    // Student's t of one degree of freedom: 12.706 * 0.25.
    #expect(abs(low - 0.75 + 3.1766) < 1e-3 && abs(high - 0.75 - 3.1766) < 1e-3)
    let text = try Command.run(["score"] + files + ["--by-class"])
    #expect(text.status == 0)
    for word in ["boxes: 2 objects in 1 image, of 1 category", "AP50", "AR-small", "75.00 ± 317.66", "cat", "2 seeds"] {
      #expect(text.out.contains(word), "\(word) in \(text.out)")
    }
  }

  @Test func faultsAreListedAllAtOnce() throws {
    let scratch = try Scratch()
    let truth = try write(
      Self.truth.replacing("[50, 0, 20, 20]", with: "[90, 0, 20, 20]"), to: "truth.json", scratch)
    let found = try write("[\(Self.one), {\"image_id\": 5}]", to: "found.json", scratch)
    let words = [
      "truth.json: Annotation 2 has a bbox outside of image 1", "found.json: Detection number 2, of image 5,",
      "has no score", "--skip-faulty",
    ]
    try expectFailure(65, words, ["score", truth, found])
    let skipped = try Command.run(["score", truth, found, "--skip-faulty"])
    #expect(
      skipped.status == 0 && skipped.out.contains("1 object in 1 image") && skipped.out.contains("faulty entries"))
  }

  @Test func mistakesSayWhatToDo() throws {
    let scratch = try Scratch()
    let truth = try write(Self.truth, to: "truth.json", scratch)
    let found = try write("[\(Self.one)]", to: "found.json", scratch)
    try expectFailure(64, ["no task 'mask'", "masks"], ["score", truth, found, "--task", "mask"])
    try expectFailure(64, ["--sigmas"], ["score", truth, found, "--sigmas", "0.1,x"])
    try expectFailure(64, ["annotations"], ["score", truth])
    try expectFailure(65, ["does not have the form"], ["score", found, truth])
    try expectFailure(65, ["no JSON"], ["score", try write("{", to: "torn.json", scratch), found])
    try expectFailure(66, ["no readable file"], ["score", truth, scratch.path + "/none.json"])
  }
}
