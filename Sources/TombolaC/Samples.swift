import Basics
public import CTombola
import Datasets
import Foundation
import Training

final class HeldData: Sendable {
  let dataset: Dataset
  init(_ dataset: Dataset) { self.dataset = dataset }

  var type: String { if case .bytes = dataset.train.pixels { "uint8" } else { "float32" } }
}

/// - Throws: `Problem.usage` if the struct describes no samples.
func samples(_ pointer: UnsafePointer<tombola_array>?, _ name: String) throws -> SampleArray {
  let array = try given(pointer, name).pointee
  guard (1...4).contains(array.rank), let values = array.values else {
    throw Problem.usage("\(name) has rank \(array.rank), or no values.", remedy: "Give 2 to 4 dimensions, and values.")
  }
  let all = withUnsafeBytes(of: array.shape) { Array($0.bindMemory(to: Int64.self)) }
  let shape = all.prefix(Int(array.rank)).map { Int($0) }
  let elements: SampleArray.Elements
  switch UInt32(bitPattern: array.type) {
  case TOMBOLA_UINT8.rawValue: elements = .bytes(values.assumingMemoryBound(to: UInt8.self))
  case TOMBOLA_FLOAT32.rawValue:
    guard UInt(bitPattern: values) % 4 == 0 else {
      throw Problem.usage("\(name) does not begin at a multiple of 4 bytes.", remedy: "Give an aligned array.")
    }
    elements = .floats(values.assumingMemoryBound(to: Float.self))
  default: throw Problem.usage("\(name) has type \(array.type).", remedy: "Give TOMBOLA_UINT8 or TOMBOLA_FLOAT32.")
  }
  let order: ChannelOrder?
  switch UInt32(bitPattern: array.channels) {
  case TOMBOLA_CHANNELS_TOLD.rawValue: order = nil
  case TOMBOLA_CHANNELS_FIRST.rawValue: order = .first
  case TOMBOLA_CHANNELS_LAST.rawValue: order = .last
  default: throw Problem.usage("\(name) has channels=\(array.channels).", remedy: "Give 0, 1 or 2.")
  }
  return try SampleArray(elements, shape: shape, channels: order, name: name)
}

private func labels(_ pointer: UnsafePointer<Int64>?, _ count: Int64, _ name: String) throws -> [Int32] {
  guard (0...Int64(Int32.max)).contains(count) else {
    throw Problem.usage("\(name) has \(count) labels.", remedy: "Give one a sample.")
  }
  let all = UnsafeBufferPointer(start: try given(pointer, name), count: Int(count))
  return try all.enumerated().map { sample, label in
    guard let number = Int32(exactly: label) else {
      throw Problem.badData(
        "\(name) labels sample \(sample) as \(label), which is no class index.", remedy: "Number the classes from 0.")
    }
    return number
  }
}

@_cdecl("tombola_data_from_arrays")
public func dataFromArrays(
  _ x: UnsafePointer<tombola_array>?, _ y: UnsafePointer<Int64>?, _ count: Int64,
  _ xTest: UnsafePointer<tombola_array>?,
  _ yTest: UnsafePointer<Int64>?, _ testCount: Int64, _ testShare: Double,
  _ data: UnsafeMutablePointer<OpaquePointer?>?, _ error: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> Int32 {
  answering(error) {
    let place = try given(data, "data")
    place.pointee = nil
    guard testShare == 0 || (0 < testShare && testShare < 1) else {
      throw Problem.usage("test_share=\(testShare) is out of range.", remedy: "It must be above 0 and below 1.")
    }
    let test =
      try xTest == nil && yTest == nil
      ? nil : (samples: samples(xTest, "x_test"), labels: labels(yTest, testCount, "y_test"))
    let dataset = try Dataset(
      arrays: samples(x, "x"), labels: labels(y, count, "y"), test: test, testShare: testShare == 0 ? nil : testShare)
    place.pointee = handle(HeldData(dataset))
  }
}

@_cdecl("tombola_data_named")
public func dataNamed(
  _ name: UnsafePointer<CChar>?, _ folder: UnsafePointer<CChar>?, _ data: UnsafeMutablePointer<OpaquePointer?>?,
  _ error: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> Int32 {
  answering(error) {
    let place = try given(data, "data")
    place.pointee = nil
    let locator = DataLocator(dataFolder: try folder.map { try text($0, "folder") })
    place.pointee = handle(HeldData(try Catalog.dataset(named: text(name, "name"), from: locator)))
  }
}

private struct DataDescription: Encodable {
  var name, type, digest: String
  var pixelScale: Float
  var shape: [Int]
  var classes, train, test: Int
  var classNames, notes: [String]

  init(_ held: HeldData) {
    let dataset = held.dataset
    (name, type, digest, pixelScale) = (dataset.name, held.type, dataset.digest, dataset.pixelScale)
    shape = [dataset.inputShape.channels, dataset.inputShape.height, dataset.inputShape.width]
    (classes, train, test) = (dataset.classCount, dataset.train.count, dataset.test.count)
    (classNames, notes) = (dataset.classNames, dataset.notes)
  }
}

@_cdecl("tombola_data_describe")
public func dataDescribe(
  _ data: OpaquePointer?, _ json: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?,
  _ error: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> Int32 {
  answering(error) {
    try given(json, "json").pointee = try owned(DataDescription(object(data, HeldData.self, "data")))
  }
}

@_cdecl("tombola_data_copy")
public func dataCopy(
  _ data: OpaquePointer?, _ part: UnsafePointer<CChar>?, _ samples: UnsafeMutableRawPointer?,
  _ labels: UnsafeMutablePointer<Int32>?, _ error: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> Int32 {
  answering(error) {
    let dataset = try object(data, HeldData.self, "data").dataset, name = try text(part, "part")
    guard ["train", "test"].contains(name) else {
      throw Problem.usage("There is no part '\(name)'.", remedy: "Name train or test.")
    }
    let split = name == "train" ? dataset.train : dataset.test
    try given(labels, "labels").update(from: split.labels, count: split.count)
    let target = try given(samples, "samples")
    switch split.pixels {
    case .bytes(let values): values.withUnsafeBytes { target.copyMemory(from: $0.baseAddress!, byteCount: $0.count) }
    case .floats(let values): values.withUnsafeBytes { target.copyMemory(from: $0.baseAddress!, byteCount: $0.count) }
    }
  }
}

@_cdecl("tombola_free_data") public func freeData(_ data: OpaquePointer?) { free(data, HeldData.self) }
