import Basics
import CTombola
import Datasets
import Exports
import Foundation
import Lanes
import Networks
import TestSupport
import Testing
import Tickets
import Training

extension OneRunAtATime {
  @Suite struct InterfaceTests {
    /// What a search over the interface leaves is a run folder with tickets like any other.
    @Test func arraysAreSearched() throws {
      let digits = try DigitArrays(), scratch = try Scratch(), data = try digits.data()
      defer { tombola_free_data(data) }
      let record = try find(data, in: scratch.url)
      let verdict = try #require(record["verdict"] as? [String]),
        rounds = try #require(record["rounds"] as? [[String: Any]])
      #expect(!verdict.isEmpty && rounds.count == 2)
      #expect(["ticket", "reinit", "shuffled", "random"].allSatisfy { rounds[1][$0] != nil } && record["dense"] != nil)
      let name = try #require((record["settings"] as? [String: String])?["data"])
      #expect(name.hasPrefix("arrays:uint8-"))
      let folder = URL(fileURLWithPath: try #require(record["folder"] as? String))
      let ticket = try Ticket(contentsOf: folder.appendingPathComponent("seed-0/round-02.safetensors"))
      #expect(ticket.settings["data"] == name && ticket.settings["normalisation"] != "measured")

      // The same samples from a file, normalised by the same numbers, give the same ticket.
      var file = NPZWriter()
      file.add("x", digits.samples, shape: [digits.labels.count, 8, 8])
      file.add("y", digits.labels, shape: [digits.labels.count])
      let npz = scratch.file("digits.npz")
      try file.data.write(to: npz)
      let other = try find(
        nil, in: scratch.url, ["data": "npz:\(npz.path)", "normalisation": ticket.settings["normalisation"]!])
      let same = try Ticket(
        contentsOf: URL(fileURLWithPath: try #require(other["folder"] as? String))
          .appendingPathComponent("seed-0/round-02.safetensors"))
      #expect(same.digest == ticket.digest && same.trained == ticket.trained)
    }

    /// Outputs have the bits of what the command predicts, one sample at a time and in batches, for any number of threads.
    @Test(arguments: [1, 2]) func predictionsHaveTheBitsOfTheCommand(threads: Int) throws {
      let scratch = try Scratch(), test = try DigitArrays("test"), count = test.labels.count
      let record = try find(nil, in: scratch.url, ["data": "digits"])
      let folder = URL(fileURLWithPath: try #require(record["folder"] as? String))
      let url = folder.appendingPathComponent("seed-0/round-01.safetensors"), ticket = try Ticket(contentsOf: url)
      let samples = try ticket.searchSettings().loadedSamples(DataLocator())
      let wanted = Predictions(
        try FoldedNetwork(ticket.architecture, #require(ticket.trained), mask: ticket.mask), of: samples.test,
        classNames: [], batch: 64, pool: ThreadPool(threads: 2))
      let handle = try made { tombola_ticket_open(url.path, $0, $1) }
      defer { tombola_free_ticket(handle) }
      let predictor = try made { tombola_predictor_make(handle, "{\"threads\": \(threads)}", $0, $1) }
      defer { tombola_free_predictor(predictor) }
      var outputs = [Float](repeating: .nan, count: count * 10), probabilities = outputs
      try test.array([Int64(count), 8, 8]) { x in
        try call { tombola_predict(predictor, x, &probabilities, &outputs, $0) }
      }
      #expect(BitComparison(outputs, wanted.outputs.flatMap { $0 }).isEqual)
      #expect(BitComparison(probabilities, (0..<count).flatMap(wanted.probabilities)).isEqual)
      var one = [Float](repeating: .nan, count: 10)
      try test.array([1, 64]) { x in try call { tombola_predict(predictor, x, nil, &one, $0) } }
      #expect(BitComparison(one, Array(outputs[..<10])).isEqual)
    }

    /// Channels may stand first or last.
    @Test func channelsAreMoved() throws {
      let first = [UInt8](0..<24), scratch = try Scratch()
      var last = first
      for channel in 0..<3 {
        for place in 0..<4 {
          for sample in 0..<2 { last[sample * 12 + place * 3 + channel] = first[sample * 12 + channel * 4 + place] }
        }
      }
      var moved = first
      try last.withUnsafeBufferPointer { values in
        let array = try SampleArray(.bytes(values.baseAddress!), shape: [2, 2, 2, 3], channels: .last)
        array.copy(0..<2, to: &moved)
        #expect(array.shape == FeatureShape(channels: 3, height: 2, width: 2))
      }
      #expect(moved == first)
      withExtendedLifetime(scratch) {}
    }

    /// A ticket takes other weights, and says what it is anew.
    @Test func ticketsTakeOtherWeights() throws {
      let scratch = try Scratch(), record = try find(nil, in: scratch.url, ["data": "digits", "rounds": "1"])
      let folder = try #require(record["folder"] as? String), path = folder + "/seed-0/round-01.safetensors"
      let handle = try made { tombola_ticket_open(path, $0, $1) }
      defer { tombola_free_ticket(handle) }
      let about = try answer { tombola_ticket_describe(handle, $0, $1) }
      let tensors = try #require(about["tensors"] as? [[String: Any]])
      #expect(
        tensors.map { $0["name"] as? String } == ["fc1", "fc2", "fc3"].flatMap { ["\($0).weight", "\($0).bias"] })
      var mask = [UInt8](repeating: 2, count: 24 * 64), weights = [Float](repeating: .nan, count: mask.count)
      let count = Int64(mask.count), kind = Int32(TOMBOLA_MASK.rawValue), trained = Int32(TOMBOLA_TRAINED.rawValue)
      try call { tombola_ticket_copy(handle, "fc1.weight", kind, &mask, count, $0) }
      try call { tombola_ticket_copy(handle, "fc1.weight", trained, &weights, count, $0) }
      #expect(mask.contains(0) && mask.contains(1) && zip(mask, weights).allSatisfy { ($0 == 0) == ($1 == 0) })
      mask = mask.indices.map { $0 % 3 == 0 ? 1 : 0 }
      weights = weights.indices.map { Float($0) }
      try call { tombola_ticket_set(handle, "fc1.weight", kind, mask, count, $0) }
      try call { tombola_ticket_set(handle, "fc1.weight", trained, weights, count, $0) }
      try call { tombola_ticket_write(handle, scratch.file("new.safetensors").path, $0) }
      let new = try Ticket(contentsOf: scratch.file("new.safetensors"))
      let entry = try #require(new.mask.layout.entries.first { $0.name == "fc1.weight" })
      #expect(Array(new.trained!.values[entry.range]) == weights.indices.map { $0 % 3 == 0 ? Float($0) : 0 })
      #expect(new.metrics.isEmpty)
    }

    /// In a process of its own, because the wish to stop is one for the whole process.
    @Test func callbacksStopRuns() async {
      await #expect(processExitsWith: .success) { try stopAndGoOn() }
    }
  }
}

/// A run that its callback ends is gone on with, and ends as one that was left alone.
private func stopAndGoOn() throws {
  let digits = try DigitArrays(), data = try digits.data(), scratch = try Scratch(), plain = try Scratch()
  let settings = ["steps": "3000ep"]
  func ticket(_ record: [String: Any]) throws -> Ticket {
    try Ticket(
      contentsOf: URL(fileURLWithPath: record["folder"] as! String).appendingPathComponent(
        "seed-0/round-02.safetensors"))
  }
  let wanted = try ticket(find(data, in: plain.url, settings))
  var calls: Int32 = 0, stops = 0
  for _ in 0..<3 {
    calls = 0
    let refusal = withUnsafeMutablePointer(to: &calls) { calls in
      #expect(throws: Refusal.self) {
        try find(
          data, in: scratch.url, settings,
          watch: { progress, context in
            let calls = context!.assumingMemoryBound(to: Int32.self)
            calls.pointee += 1
            return progress!.pointee.fraction > 0 && calls.pointee > 3 ? 1 : 0
          }, context: calls)
      }
    }
    guard let refusal else { break }
    #expect(refusal.code == 130 && refusal.message.contains("saved"))
    stops += 1
  }
  #expect(stops > 0, "the search was over before it could be stopped")
  let record = try find(data, in: scratch.url, settings), found = try ticket(record)
  #expect(found.digest == wanted.digest && found.trained == wanted.trained)
  tombola_free_data(data)
}
