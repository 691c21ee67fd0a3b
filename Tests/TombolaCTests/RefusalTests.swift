import CTombola
import Foundation
import TestSupport
import Testing

extension OneRunAtATime {
  /// Bad input is a code and a message, whatever it is.
  @Suite struct RefusalTests {
    private func refusal(_ code: Int32, _ part: String, _ body: () throws -> Void) {
      let found = #expect(throws: Refusal.self) { try body() }
      #expect(found?.code == code && found?.message.contains(part) == true, "\(found as Any)")
    }

    @Test func missingArgumentsAreNamed() throws {
      var place: OpaquePointer?
      refusal(64, "x is NULL") {
        try call { tombola_data_from_arrays(nil, nil, 0, nil, nil, 0, 0, &place, $0) }
      }
      refusal(64, "name is NULL") { try call { tombola_data_named(nil, nil, &place, $0) } }
      refusal(64, "data is NULL") { try call { tombola_data_named("digits", nil, nil, $0) } }
      refusal(64, "ticket is NULL") { _ = try answer { tombola_ticket_describe(nil, $0, $1) } }
      refusal(64, "predictor is NULL") { try call { tombola_predict(nil, nil, nil, nil, $0) } }
      refusal(64, "record is NULL") { try call { tombola_run("find", nil, nil, nil, nil, nil, $0) } }
      #expect(place == nil)
      #expect(tombola_data_named(nil, nil, nil, nil) == 64, "without a place for the message")
      tombola_free_data(nil)
      tombola_free_ticket(nil)
      tombola_free_predictor(nil)
      tombola_free_text(nil)
    }

    @Test func arraysAreChecked() throws {
      let digits = try DigitArrays(), count = Int64(digits.labels.count), labels = digits.labels.map { Int64($0) }
      func refused(_ code: Int32, _ part: String, _ shape: [Int64], channels: UInt32 = 0, labels: [Int64]? = nil) {
        refusal(code, part) { tombola_free_data(try digits.data(shape, channels: channels, labels: labels)) }
      }
      refused(64, "the first or the last", [count, 4, 4, 4])
      refused(64, "no effect", [count, 8, 8], channels: TOMBOLA_CHANNELS_LAST.rawValue)
      refused(64, "channels=7", [count, 8, 8], channels: 7)
      refused(64, "shape", [count])
      refused(64, "shape", [count, 0, 64])
      refused(64, "shape", [count, -8, -8])
      refused(64, "shape", [count, 1 << 40, 8])
      refused(65, "labels", [count - 1, 8, 8])
      refused(65, "class index", [count, 8, 8], labels: [1 << 40] + labels.dropFirst())
      refused(65, "single class", [count, 8, 8], labels: labels.map { _ in 3 })
      for channels in [TOMBOLA_CHANNELS_FIRST.rawValue, TOMBOLA_CHANNELS_LAST.rawValue] {
        tombola_free_data(try digits.data([count, 4, 4, 4], channels: channels))
      }
      refusal(64, "type 9") {
        try digits.array([count, 64], type: 9) { x in
          _ = try made { tombola_data_from_arrays(x, labels, count, nil, nil, 0, 0, $0, $1) }
        }
      }
      refusal(65, "nan") {
        let values = [Float](repeating: .nan, count: 12), classes: [Int64] = [0, 1, 0, 1, 0, 1]
        try values.withUnsafeBytes { bytes in
          var x = tombola_array(
            values: bytes.baseAddress, type: Int32(TOMBOLA_FLOAT32.rawValue), channels: 0, rank: 2, shape: (6, 2, 0, 0))
          _ = try made { tombola_data_from_arrays(&x, classes, 6, nil, nil, 0, 0.5, $0, $1) }
        }
      }
    }

    @Test func requestsAreChecked() throws {
      let scratch = try Scratch()
      func run(_ experiment: String, _ request: String) throws {
        _ = try answer { tombola_run(experiment, request, nil, nil, nil, $0, $1) }
      }
      let output = "\"output\": \"\(scratch.url.path)\""
      refusal(64, "experiment 'fnd'") { try run("fnd", "{}") }
      refusal(64, "request cannot be read") { try run("find", "{") }
      refusal(64, "There is no setting 'modle'") {
        try run("find", "{\"settings\": {\"modle\": \"mlp:8\"}, \(output)}")
      }
      refusal(64, "rounds=many") { try run("find", "{\"settings\": {\"rounds\": \"many\"}, \(output)}") }
      refusal(64, "seeds=0") { try run("find", "{\"seeds\": 0, \(output)}") }
      refusal(64, "threads=0") { try run("find", "{\"threads\": 0, \(output)}") }
      refusal(66, "csv") { try run("find", "{\"settings\": {\"data\": \"csv:/nowhere.csv\"}, \(output)}") }
      refusal(66, "in memory") { try run("find", "{\"settings\": {\"data\": \"arrays:uint8-0123\"}, \(output)}") }
      #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.url.path).isEmpty)
    }

    @Test func ticketsAreChecked() throws {
      let scratch = try Scratch(), test = try DigitArrays("test"), count = Int64(test.labels.count)
      refusal(66, "nowhere") { _ = try made { tombola_ticket_open("/nowhere", $0, $1) } }
      try Data("no ticket".utf8).write(to: scratch.file("x"))
      refusal(65, "x") { _ = try made { tombola_ticket_open(scratch.file("x").path, $0, $1) } }
      let record = try find(nil, in: scratch.url, ["data": "digits", "rounds": "1", "controls": "none"])
      let path = (record["folder"] as? String ?? "") + "/seed-0/round-01.safetensors"
      let ticket = try made { tombola_ticket_open(path, $0, $1) }
      defer { tombola_free_ticket(ticket) }
      var values = [Float](repeating: .nan, count: 64)
      refusal(64, "no tensor 'fc1.wieght'") {
        try call { tombola_ticket_copy(ticket, "fc1.wieght", 1, &values, 64, $0) }
      }
      refusal(64, "1536 values") { try call { tombola_ticket_copy(ticket, "fc1.weight", 1, &values, 64, $0) } }
      refusal(64, "kind 4") { try call { tombola_ticket_copy(ticket, "fc1.bias", 4, &values, 24, $0) } }
      refusal(65, "not finite") { try call { tombola_ticket_set(ticket, "fc1.bias", 2, values, 24, $0) } }
      refusal(65, "cannot be pruned") {
        try call { tombola_ticket_set(ticket, "fc1.bias", 3, [UInt8](repeating: 0, count: 24), 24, $0) }
      }
      refusal(64, "batch=0") { _ = try made { tombola_predictor_make(ticket, "{\"batch\": 0}", $0, $1) } }
      refusal(64, "weights=best") { _ = try made { tombola_predictor_make(ticket, "{\"weights\": \"best\"}", $0, $1) } }
      let predictor = try made { tombola_predictor_make(ticket, nil, $0, $1) }
      defer { tombola_free_predictor(predictor) }
      var outputs = [Float](repeating: 0, count: 10 * Int(count))
      refusal(64, "the network takes 1x8x8") {
        try test.array([count * 2, 4, 8]) { x in try call { tombola_predict(predictor, x, nil, &outputs, $0) } }
      }
      refusal(64, "uint8") {
        try test.array([count / 4, 64], type: TOMBOLA_FLOAT32.rawValue) { x in
          try call { tombola_predict(predictor, x, nil, &outputs, $0) }
        }
      }
    }
  }
}
