import CTombola
import Foundation
import Testing
import TombolaC

// The functions are called by their C names, as another language calls them.

/// A code with its message.
struct Refusal: Error, Equatable {
  var code: Int32
  var message: String
}

/// Calls a function that can fail.
func call(_ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Int32) throws {
  var message: UnsafeMutablePointer<CChar>?
  let code = body(&message)
  defer { tombola_free_text(message) }
  guard code == 0 else { throw Refusal(code: code, message: message.map { String(cString: $0) } ?? "") }
  precondition(message == nil, "a message where nothing went wrong")
}

/// The JSON that a function answers with.
func answer(
  _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>, UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) ->
    Int32
) throws -> [String: Any] {
  var text: UnsafeMutablePointer<CChar>?
  try call { body(&text, $0) }
  defer { tombola_free_text(text) }
  return try JSONSerialization.jsonObject(with: Data(String(cString: text!).utf8)) as? [String: Any] ?? [:]
}

func made(
  _ body: (UnsafeMutablePointer<OpaquePointer?>, UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Int32
) throws -> OpaquePointer {
  var handle: OpaquePointer?
  try call { body(&handle, $0) }
  return handle!
}

/// The digits that are built in, as arrays.
struct DigitArrays {
  var samples: [UInt8] = []
  var labels: [Int32] = []

  init(_ part: String = "train") throws {
    let data = try made { tombola_data_named("digits", nil, $0, $1) }
    defer { tombola_free_data(data) }
    let about = try answer { tombola_data_describe(data, $0, $1) }, count = about[part] as? Int ?? 0
    samples = Array(repeating: 0, count: count * 64)
    labels = Array(repeating: -1, count: count)
    try call { tombola_data_copy(data, part, &samples, &labels, $0) }
  }

  /// - Parameter shape: Of all samples.
  func array<Result>(
    _ shape: [Int64], channels: UInt32 = 0, type: UInt32 = TOMBOLA_UINT8.rawValue,
    _ body: (UnsafePointer<tombola_array>) throws -> Result
  ) rethrows -> Result {
    try samples.withUnsafeBytes { bytes in
      let sizes = shape + Array(repeating: 0, count: 4 - shape.count)
      var array = tombola_array(
        values: bytes.baseAddress, type: Int32(type), channels: Int32(channels), rank: Int32(shape.count),
        shape: (sizes[0], sizes[1], sizes[2], sizes[3]))
      return try body(&array)
    }
  }

  func data(_ shape: [Int64]? = nil, channels: UInt32 = 0, labels other: [Int64]? = nil) throws -> OpaquePointer {
    let labels = other ?? self.labels.map { Int64($0) }
    return try array(shape ?? [Int64(self.labels.count), 8, 8], channels: channels) { x in
      try made { tombola_data_from_arrays(x, labels, Int64(labels.count), nil, nil, 0, 0, $0, $1) }
    }
  }
}

/// A search of seconds.
func find(
  _ data: OpaquePointer?, in folder: URL, _ more: [String: String] = [:], watch: tombola_watch? = nil,
  context: UnsafeMutableRawPointer? = nil
) throws -> [String: Any] {
  let settings = ["model": "mlp:24,16", "rounds": "2", "steps": "4ep", "batch": "64"].merging(more) { $1 }
  let request: [String: Any] = ["settings": settings, "seeds": 1, "threads": 2, "output": folder.path, "every": 0.01]
  let json = String(decoding: try JSONSerialization.data(withJSONObject: request), as: UTF8.self)
  return try answer { tombola_run("find", json, data, watch, context, $0, $1) }
}

/// Tests that run experiments, of which a process has one at a time.
@Suite(.serialized) struct OneRunAtATime {}
