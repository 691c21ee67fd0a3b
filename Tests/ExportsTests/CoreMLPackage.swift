import Foundation
import Testing

/// A `.mlpackage`, read by the numbers of Model.proto and MIL.proto and by the layout of MIL's weight files.
struct CoreMLPackage {
  struct Operation {
    var kind, output: String
    /// Values that it reads, by the name of the argument.
    var inputs: [String: String]
    var attributes: [String: WireMessage]
  }

  let model, weights, manifest: Data
  let spec: WireMessage
  let notes: [String: String]
  let outputs: [String]
  let operations: [Operation]

  init(_ url: URL) throws {
    let manifest = try Data(contentsOf: url.appendingPathComponent("Manifest.json"))
    let list = try JSONDecoder().decode(Manifest.self, from: manifest)
    let root = try #require(list.itemInfoEntries[list.rootModelIdentifier])
    let folder = url.appendingPathComponent("Data")
    model = try Data(contentsOf: folder.appendingPathComponent(root.path))
    let beside = try #require(list.itemInfoEntries.values.first { $0.name == "weights" })
    weights = try Data(contentsOf: folder.appendingPathComponent(beside.path).appendingPathComponent("weight.bin"))
    self.manifest = manifest
    spec = try WireMessage(model)
    #expect(spec.integer(1) == 7)
    notes = try spec.message(2).message(100).textMap(100)
    let function = try #require(try spec.message(502).map(2)["main"])
    let block = try #require(try function.map(3)[function.texts(2).first ?? ""])
    outputs = block.texts(2)
    operations = try block.messages(3).map { operation in
      Operation(
        kind: operation.texts(1).first ?? "", output: try operation.message(3).texts(1).first ?? "",
        inputs: try operation.map(2).mapValues { try $0.message(1).texts(1).first ?? "" },
        attributes: try operation.map(5))
    }
  }

  private struct Manifest: Decodable {
    struct Item: Decodable {
      var name, path: String
    }
    var itemInfoEntries: [String: Item]
    var rootModelIdentifier: String
  }

  var kinds: [String: String] { Dictionary(uniqueKeysWithValues: operations.map { ($0.output, $0.kind) }) }

  /// A constant of floats, sparse or not, with zeros where it has none.
  func floats(_ name: String) throws -> (shape: [Int], values: [Float])? {
    guard let operation = operations.first(where: { $0.output == name }) else { return nil }
    if operation.kind == "const" {
      let value = try #require(operation.attributes["val"])
      return (try shape(value), try elements(value))
    }
    let survivors = try elements(#require(operation.attributes["nonzero_data"]))
    let mask = try bytes(#require(operation.attributes["mask"]), type: 3)
    let sizes = try #require(operation.attributes["shape"]).message(3).message(1).message(7).data(1)[0]
    let shape = stride(from: 0, to: sizes.count, by: 4).map { Int(Self.word(sizes, $0)) }, count = shape.reduce(1, *)
    let places = (0..<8 * mask.count).filter { mask[$0 / 8] >> UInt8($0 % 8) & 1 == 1 }
    try #require(places.count == survivors.count && mask.count == (count + 7) / 8 && places.allSatisfy { $0 < count })
    var values = [Float](repeating: 0, count: count)
    for (place, value) in zip(places, survivors) { values[place] = value }
    return (shape, values)
  }

  private func shape(_ value: WireMessage) throws -> [Int] {
    try value.message(2).message(1).messages(3).map { try $0.message(1).integer(1) }
  }

  private func elements(_ value: WireMessage) throws -> [Float] {
    let raw =
      value.data(5).isEmpty ? try value.message(3).message(1).message(1).data(1)[0] : try bytes(value, type: 2)
    return stride(from: 0, to: raw.count, by: 4).map { Float(bitPattern: Self.word(raw, $0)) }
  }

  /// What a value's record in the weight file names.
  private func bytes(_ value: WireMessage, type: UInt32) throws -> Data {
    let place = try value.message(5), record = place.integer(2)
    #expect(place.texts(1) == ["@model_path/weights/weight.bin"] && record % 64 == 0)
    try #require(record >= 64 && record + 64 <= weights.count && Self.word(weights, 4) == 2)
    #expect(Self.word(weights, record) == 0xDEAD_BEEF && Self.word(weights, record + 4) == type)
    let count = Int(Self.word(weights, record + 8)), offset = Int(Self.word(weights, record + 16))
    try #require(offset % 64 == 0 && offset + count <= weights.count)
    return Data(weights[offset..<offset + count])
  }

  private static func word(_ data: Data, _ offset: Int) -> UInt32 {
    (0..<4).reduce(0) { $0 | UInt32(data[data.startIndex + offset + $1]) << UInt32(8 * $1) }
  }
}
