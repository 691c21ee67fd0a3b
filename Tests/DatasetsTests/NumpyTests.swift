import Basics
import Datasets
import Foundation
import Testing

@Suite struct NumpyTests {
  static let typeFiles =
    (try? FileManager.default.contentsOfDirectory(atPath: Golden.folder.path))?
    .filter { $0.hasPrefix("type-") }.sorted() ?? []

  @Test func everyNumberFormatHasItsFile() { #expect(Self.typeFiles.count == 21) }

  @Test(arguments: typeFiles)
  func readsNumberFormat(_ file: String) throws {
    let dataset = try Catalog.dataset(named: "npz:\(Golden.path(file))")
    let values: [Float] = file.contains("b1") ? [0, 1, 1, 1, 1, 1] : [0, 1, 2, 3, 100, 7]
    #expect(dataset.train.floats ?? dataset.train.bytes?.map { Float($0) } == values)
    #expect(dataset.train.labels == [0, 1, 1])
    #expect(dataset.pixelScale == (file.contains("-u1") ? Float(1) / 255 : 1))
    #expect(dataset.inputShape == FeatureShape(channels: 1, height: 1, width: 2))
  }

  @Test func readsHalves() throws {
    let dataset = try Catalog.dataset(named: "npz:\(Golden.path("halves.npz"))")
    #expect(dataset.train.floats == (try Golden.expected().halves))
  }

  @Test(arguments: ["channels-last.npz", "channels-first.npz"])
  func putsChannelsFirst(_ file: String) throws {
    let dataset = try Catalog.dataset(named: "npz:\(Golden.path(file))")
    #expect(dataset.inputShape == FeatureShape(channels: 3, height: 4, width: 5))
    #expect(dataset.train.bytes == (try Golden.expected().colour))
    #expect(dataset.train.labels == [0, 1, 2, 0])
    #expect(dataset.classCount == 3)
  }

  @Test func readsAFolderWithHeadersOfAllVersions() throws {
    let dataset = try Catalog.dataset(named: "npz:\(Golden.path("npy"))")
    #expect(dataset.train.bytes == (try Golden.expected().grey))
    #expect(dataset.test.labels == [1, 2])
  }

  @Test func readsZip64() throws {
    let dataset = try Catalog.dataset(named: "npz:\(Golden.path("zip64.npz"))")
    #expect(dataset.train.floats == [0, 1, 2, 3, 100, 7])
  }

  @Test func readsFortranOrder() throws {
    let flat = try Catalog.dataset(named: "npz:\(Golden.path("fortran.npz"))")
    #expect(flat.train.floats == [0, 1, 2, 3, 100, 7] && flat.test.floats == [0, 1, 2, 3])
    let images = try Catalog.dataset(named: "npz:\(Golden.path("fortran-images.npz"))")
    #expect(images.train.bytes == (try Golden.expected().colour) && images.inputShape.channels == 3)
  }

  @Test func refusesABomb() {
    expectProblem(.badData, "bomb.npz:x_train.npy", "its header promises", loading: "npz:\(Golden.path("bomb.npz"))")
  }

  @Test func namesWhatIsMissing() throws {
    let scratch = try Scratch()
    try scratch.write("x_train.npy", Golden.bytes("npy/x_train.npy"))
    expectProblem(.missingInput, "holds no y_train, the labels of x_train", loading: "npz:\(scratch.path)")
    expectProblem(.missingInput, "There is no file or folder", loading: "npz:\(scratch.path)/none.npz")
    let lacking = try scratch.write("lacking.npz", Zip.renaming("y_test.npy", in: Golden.bytes("zip64.npz")))
    expectProblem(.badData, "lacking.npz holds no y_test, the labels of x_test", "x_train", loading: "npz:\(lacking)")
  }
}

@Suite struct NPYDamageTests {
  /// The header of an NPY file that promises `shape`, without elements.
  static func file(_ descr: String = "<f4", order: String = "False", shape: String, _ content: [UInt8] = []) -> [UInt8]
  {
    let text = "{'descr': '\(descr)', 'fortran_order': \(order), 'shape': \(shape), }\n"
    return [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(text.utf8.count), 0] + Array(text.utf8) + content
  }

  static let damaged: [[UInt8]] = [
    [], [0x93], Array("not an array at all".utf8), [0x93] + Array("NUMPY".utf8) + [9, 0, 1, 0],
    [0x93] + Array("NUMPY".utf8) + [1, 0, 200, 0, 1, 2], [0x93] + Array("NUMPY".utf8) + [2, 0, 255, 255, 255, 255],
    file(shape: "(2, 2)"), file(shape: "(2, 2)", [1, 2, 3]), file(shape: "(1, 1)", Array(repeating: 0, count: 5)),
    file(shape: "(9223372036854775807, 9223372036854775807)"), file(shape: "(4611686018427387904,)"),
    file(shape: "(-1, 4)"), file(shape: "(99999999999, 1)"), file(shape: "(99999999999999999999999, 1)"),
    file(shape: "(x, y)"), file(shape: "2"), file("<U3", shape: "(1,)"),
    file("<U0", shape: "(1,)"), file("|S99999999999", shape: "(1,)"),
    file("<c8", shape: "(1,)"), file("f4", shape: "(1,)"), file(order: "Maybe", shape: "(1,)"),
  ]

  @Test(arguments: damaged)
  func refusesDamagedArrays(_ bytes: [UInt8]) throws {
    let scratch = try Scratch()
    for name in ["x_train", "y_train", "x_test", "y_test"] {
      try scratch.write(name + ".npy", name == "x_test" ? bytes : Golden.bytes("npy/\(name).npy"))
    }
    expectProblem(.badData, "x_test.npy", "Save it again", loading: "npz:\(scratch.path)")
  }
}

extension NPYDamageTests {
  @Test func refusesANumberWhereSamplesBelong() throws {
    let scratch = try Scratch(), two = Self.file("|u1", shape: "(2,)", [0, 1])
    for name in ["x_train", "y_train", "y_test"] { try scratch.write(name + ".npy", two) }
    try scratch.write("x_test.npy", Self.file("|u1", shape: "()", [1]))
    expectProblem(.badData, "y_test.npy holds 2 labels but x_test.npy 0 samples", loading: "npz:\(scratch.path)")
  }
}

/// Finds and changes fields of a zip file.
enum Zip {
  /// Where a four-byte signature stands for the `occurrence`-th time.
  static func place(_ signature: [UInt8], _ bytes: [UInt8], occurrence: Int = 0) throws -> Int {
    let places = (0..<bytes.count - 3).filter { Array(bytes[$0..<$0 + 4]) == signature }
    return try #require(places.dropFirst(occurrence).first)
  }

  static let directory: [UInt8] = [0x50, 0x4B, 1, 2]
  static let end: [UInt8] = [0x50, 0x4B, 5, 6]

  /// CRC-32, of PNG as well.
  static func checksum(_ bytes: some Sequence<UInt8>) -> UInt32 {
    var crc = ~UInt32(0)
    for byte in bytes {
      crc ^= UInt32(byte)
      for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xEDB8_8320 : crc >> 1 }
    }
    return ~crc
  }

  /// An archive of entries that are not compressed.
  static func stored(_ entries: [(name: String, bytes: [UInt8])]) -> [UInt8] {
    func number(_ value: Int, _ size: Int) -> [UInt8] { (0..<size).map { UInt8(value >> (8 * $0) & 255) } }
    var file: [UInt8] = [], places: [UInt8] = []
    for (name, bytes) in entries {
      let size = number(bytes.count, 4), sums = number(Int(checksum(bytes)), 4) + size + size
      let fields = [0, 0, 0, 0, 0, 0, 0, 0] + sums + number(name.utf8.count, 2) + [0, 0]
      places += [directory, [20, 0, 20, 0], fields, number(0, 10), number(file.count, 4), Array(name.utf8)].joined()
      file += [[0x50, 0x4B, 3, 4, 20, 0], fields, Array(name.utf8), bytes].joined()
    }
    let count = number(entries.count, 2), sizes = number(places.count, 4) + number(file.count, 4)
    return Array([file, places, end, number(0, 4), count, count, sizes, [0, 0]].joined())
  }

  static func renaming(_ name: String, in bytes: [UInt8]) -> [UInt8] {
    let old = Data(name.utf8), new = Data(repeating: UInt8(ascii: "z"), count: old.count)
    var data = Data(bytes)
    while let range = data.range(of: old) { data.replaceSubrange(range, with: new) }
    return [UInt8](data)
  }
}

@Suite struct ZipDamageTests {
  /// Writes `bytes` at an offset within the first directory entry, or within the end record.
  static let patches: [(signature: [UInt8], offset: Int, bytes: [UInt8])] = [
    (Zip.directory, 0, [0, 0, 0, 0]),  // no entry
    (Zip.directory, 8, [1, 0]),  // encrypted
    (Zip.directory, 10, [99, 0]),  // unknown method
    (Zip.directory, 16, [1, 2, 3, 4]),  // wrong CRC
    (Zip.directory, 20, [255, 255, 255, 127]),  // compressed size beyond the file
    (Zip.directory, 20, [10, 0, 0, 0]),  // compressed size too small
    (Zip.directory, 20, [255, 255, 255, 255]),  // zip64 promised, absent
    (Zip.directory, 24, [10, 0, 0, 0]),  // size lies
    (Zip.directory, 28, [255, 255]),  // name beyond the file
    (Zip.directory, 30, [255, 255]),  // extra beyond the file
    (Zip.directory, 42, [255, 255, 255, 127]),  // content beyond the file
    (Zip.directory, 42, [1, 0, 0, 0]),  // content elsewhere
    (Zip.end, 0, [0, 0, 0, 0]),  // no end record
    (Zip.end, 10, [255, 254]),  // too many entries
    (Zip.end, 16, [255, 255, 255, 254]),  // directory beyond the file
    (Zip.end, 16, [255, 255, 255, 255]),  // zip64 promised, absent
  ]

  @Test(arguments: patches, ["type-little-f4.npz", "channels-last.npz"])
  func refusesPatchedArchives(_ patch: (signature: [UInt8], offset: Int, bytes: [UInt8]), _ file: String) throws {
    var bytes = try Golden.bytes(file)
    let place = try Zip.place(patch.signature, bytes) + patch.offset
    bytes.replaceSubrange(place..<place + patch.bytes.count, with: patch.bytes)
    let scratch = try Scratch()
    expectProblem(.badData, "patched.npz", "Save it again", loading: "npz:\(try scratch.write("patched.npz", bytes))")
  }

  @Test(arguments: ["type-little-f4.npz", "channels-last.npz", "zip64.npz"])
  func refusesEveryTruncation(_ file: String) throws {
    let whole = try Golden.bytes(file), scratch = try Scratch()
    for count in stride(from: 0, to: whole.count, by: 7) {
      let path = try scratch.write("short.npz", Array(whole[..<count]))
      expectProblem(.badData, "short.npz", loading: "npz:\(path)")
    }
  }

  /// Whatever the bytes, the reader ends in a data set or a problem.
  @Test(arguments: ["type-little-f4.npz", "channels-last.npz", "zip64.npz"])
  func survivesEveryFlippedByte(_ file: String) throws {
    let whole = try Golden.bytes(file), scratch = try Scratch()
    for index in whole.indices {
      var bytes = whole
      bytes[index] ^= 0xFF
      let path = try scratch.write("flipped.npz", bytes)
      _ = try? Catalog.dataset(named: "npz:\(path)")
    }
  }
}
