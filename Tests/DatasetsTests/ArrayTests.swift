import Basics
import Datasets
import Foundation
import Lanes
import Testing

/// Arrays as people have them: named and shaped in many ways, read in the one that can be meant, and said.
@Suite struct ArrayTests {
  private func load(_ file: String, _ options: LoadOptions = LoadOptions()) throws -> Dataset {
    try Catalog.dataset(named: "npz:\(Golden.path(file))", options: options)
  }

  private func says(_ dataset: Dataset, _ words: String) -> Bool { dataset.notes.contains { $0.contains(words) } }

  @Test func readsMedMNISTsNames() throws {
    let dataset = try load("medmnist.npz"), grey = try Golden.expected().grey
    #expect(dataset.train.bytes == Array(grey.prefix(3 * 20)) && dataset.train.labels == [0, 1, 2])
    #expect(dataset.test.labels == [1, 2] && dataset.inputShape == FeatureShape(channels: 1, height: 4, width: 5))
    #expect(says(dataset, "not read: val_images, val_labels"))
  }

  @Test(arguments: ["unnamed.npz", "unnamed-in-pairs.npz"])
  func tellsUnnamedArraysByShape(_ file: String) throws {
    let dataset = try load(file)
    #expect(dataset.train.bytes == (try Golden.expected().grey) && dataset.train.labels == [0, 1, 2, 0])
    #expect(dataset.test.labels == [1, 2] && says(dataset, "arr_0 is taken for samples"))
  }

  /// One set of eighteen RGBA images with words for labels.
  @Test func splitsASingleSet() throws {
    let dataset = try load("words.npz")
    #expect(dataset.classNames == ["cat", "dog", "\u{E9}l\u{E9}phant"] && dataset.classCount == 3)
    #expect(dataset.train.count == 15 && dataset.test.labels.sorted() == [0, 1, 2])
    #expect(dataset.inputShape == FeatureShape(channels: 4, height: 5, width: 4))
    #expect(says(dataset, "4 channels (last) of 5x4") && says(dataset, "not read: note"))
    #expect(says(dataset, "a fifth of each class"))
    let half = try load("words.npz", LoadOptions(testShare: 0.5))
    #expect(
      half.train.labels.sorted() == half.test.labels.sorted() && half.train.count == 9 && says(half, "a share of 0.5"))
    let few = #expect(throws: Problem.self) { try load("words.npz", LoadOptions(testShare: 0.05)) }
    #expect(few?.kind == .badData && "\(few!)".contains("too few samples"))
  }

  @Test func shareIsForSetsWithoutTestSplit() {
    for name in ["digits", "npz:\(Golden.path("words-big.npz"))", "idx:\(Golden.path("idx"))", "cubist-spiral:200"] {
      let problem = #expect(throws: Problem.self) {
        try Catalog.dataset(named: name, options: LoadOptions(testShare: 0.3))
      }
      #expect(problem?.kind == .usage && problem?.problem.contains("test-share has no effect") == true, "\(name)")
    }
  }

  @Test func readsWordsOfEveryKind() throws {
    let bytes = try load("bytes.npz"), big = try load("words-big.npz")
    #expect(bytes.classNames == ["cat", "dog", "\u{E9}l\u{E9}phant"] && bytes.classNames == big.classNames)
    #expect(big.train.labels == [0, 1, 2, 0] && big.test.labels == [1, 2])
  }

  @Test func readsRowsWithAOne() throws {
    let dataset = try load("one-hot.npz")
    #expect(dataset.train.labels == [0, 1, 2, 0] && dataset.test.labels == [1, 2])
    #expect(says(dataset, "places of the ones"))
  }

  @Test func refusesObjects() {
    expectProblem(
      .badData, "y_train.npy is an array of Python objects", "astype(str)", loading: "npz:\(Golden.path("objects.npz"))"
    )
  }
}

/// Arrays in folders, written by the test.
@Suite struct ArrayFolderTests {
  /// - Parameter arrays: Name, type, shape and elements.
  private func folder(_ arrays: [(String, String, [Int], [UInt8])]) throws -> Scratch {
    let scratch = try Scratch()
    for (name, type, shape, bytes) in arrays {
      let text = "(\(shape.map { "\($0)," }.joined(separator: " ")))"
      try scratch.write(name + ".npy", NPYDamageTests.file(type, shape: text, bytes))
    }
    return scratch
  }

  private func load(_ scratch: Scratch) throws -> Dataset { try Catalog.dataset(named: "npz:\(scratch.path)") }

  private func floats(_ values: [Float]) -> [UInt8] {
    values.flatMap { value in withUnsafeBytes(of: value.bitPattern.littleEndian) { Array($0) } }
  }

  private let two: (String, String, [Int], [UInt8]) = ("y_test", "|u1", [2], [0, 1])

  /// Four samples of `shape`, two of them for testing.
  private func samples(_ type: String, _ shape: [Int], _ bytes: [UInt8]) throws -> Scratch {
    let half = bytes.count / 2
    return try folder([
      ("x_train", type, [2] + shape, Array(bytes.prefix(half))), ("y_train", "|u1", [2], [0, 1]),
      ("x_test", type, [2] + shape, Array(bytes.suffix(half))), two,
    ])
  }

  @Test func takesPixelsForPixels() throws {
    let values: [Float] = [0, 255, 3, 4, 5, 6, 128, 200]
    let whole = try load(samples("<f4", [2], floats(values)))
    #expect(whole.train.bytes == [0, 255, 3, 4] && whole.test.bytes == [5, 6, 128, 200])
    #expect(whole.pixelScale == 1 / 255 && whole.range == 0...255)
    #expect(whole.notes == ["float32 numbers from 0 to 255 are taken for pixels, as uint8 is"])
    let long = try load(samples("<i8", [2], values.flatMap { [UInt8($0), 0, 0, 0, 0, 0, 0, 0] }))
    #expect(long.train == whole.train && long.range == 0...255)
    let resized = try load(samples("<f4", [1, 2], floats(values.map { $0 == 3 ? 3.5 : $0 })))
    #expect(resized.train.floats == [0, 255, 3.5, 4] && resized.pixelScale == 1 / 255 && resized.range == 0...255)
  }

  /// Features of a table, counts, and numbers outside 0 to 255 count as they are.
  @Test func takesOtherNumbersAsTheyAre() throws {
    for (type, shape, values) in [
      ("<f4", [2], [0, 255, 3.5, 4, 5, 6, 128, 200]), ("<f4", [2], [0, 100, 3, 4, 5, 6, 12, 20]),
      ("<f4", [1, 2], [-1, 255, 3, 4, 5, 6, 128, 200]), ("<f4", [1, 2], [0, 256, 3, 4, 5, 6, 128, 200]),
      ("<f4", [1, 2], [0, 1, 0.5, 0.25, 0, 0, 0, 0]),
    ] as [(String, [Int], [Float])] {
      let dataset = try load(samples(type, shape, floats(values)))
      #expect(dataset.train.floats == Array(values.prefix(4)) && dataset.pixelScale == 1 && dataset.notes.isEmpty)
      #expect(dataset.range == nil)
    }
  }

  @Test func truthValuesGoToOne() throws {
    let truths = try load(samples("|b1", [2], [0, 1, 1, 0, 1, 1, 0, 0]))
    #expect(truths.train.bytes == [0, 1, 1, 0] && truths.range == 0...1 && truths.pixelScale == 1)
    let bytes = try load(samples("|u1", [2], [0, 1, 1, 0, 1, 1, 0, 0]))
    #expect(bytes.pixelScale == 1 / 255 && bytes.notes.count == 1)
  }

  @Test(arguments: [
    ([8, 8, 4], 4, 8, 8, true), ([8, 8, 2], 2, 8, 8, true), ([4, 8, 8], 4, 8, 8, true), ([1, 4, 4], 1, 4, 4, false),
    ([4, 4, 1], 1, 4, 4, false), ([4, 4, 3], 3, 4, 4, false), ([3, 4, 4], 3, 4, 4, false),
    ([6, 6, 16], 16, 6, 6, true),
    ([16, 6, 6], 16, 6, 6, true), ([5, 6, 7], 5, 6, 7, true), ([5, 5, 5], 5, 5, 5, true), ([3, 8, 3], 3, 8, 3, true),
    ([3, 3, 1], 1, 3, 3, false),
  ])
  func tellsChannels(_ shape: [Int], _ channels: Int, _ height: Int, _ width: Int, _ isSaid: Bool) throws {
    let count = 4 * shape.reduce(1, *)
    let dataset = try load(samples("|u1", shape, (0..<count).map { UInt8($0 % 251) }))
    #expect(dataset.inputShape == FeatureShape(channels: channels, height: height, width: width))
    #expect(dataset.notes.isEmpty != isSaid, "\(dataset.notes)")
    let isLast = shape[0] != channels, step = isLast ? channels : 1
    #expect(dataset.train.bytes?.prefix(3) == [0, UInt8(step % 251), UInt8(2 * step % 251)])
  }

  /// Labels as a column, a row, truth values, floats.
  @Test(
    arguments: [
      ("|u1", [2, 1], [0, 1]), ("|u1", [1, 2], [0, 1]), ("|b1", [2], [0, 1]), ("|i1", [2, 1, 1], [0, 1]),
      ("<f2", [2], [0, 0, 0, 0x3C]), ("|S1", [2], [0x30, 0x31]), ("<U1", [2, 1], [0x30, 0, 0, 0, 0x31, 0, 0, 0]),
    ] as [(String, [Int], [UInt8])])
  func readsLabels(_ type: String, _ shape: [Int], _ bytes: [UInt8]) throws {
    let images: [UInt8] = [1, 2, 3, 4]
    let dataset = try load(
      folder([
        ("x_train", "|u1", [2, 2], images), ("y_train", type, shape, bytes), ("x_test", "|u1", [2, 2], images), two,
      ]))
    #expect(dataset.train.labels == [0, 1] && dataset.classNames.isEmpty)
  }

  @Test(
    arguments: [
      ("|u1", [2, 2], [1, 1, 0, 1], "row 0 is not a single one"), ("|u1", [2, 2], [1, 0, 0, 0], "row 1 is not"),
      ("<f2", [2, 2], [0, 0x38, 0, 0x38, 0, 0, 0, 0x3C], "shares of classes"), ("<f2", [2], [0, 0, 0, 0x38], "as 0.5"),
      ("<f2", [2], [0, 0, 0, 0x7E], "as nan"), ("|S2", [2], [0x61, 0, 0, 0], "sample 1 with an empty word"),
      ("<U1", [2], [0x61, 0, 0, 0, 0, 0xD8, 0, 0], "sample 1 with what is no text"),
      ("|S1", [2], [0x61, 0x62], "one holds words"),
      ("|u1", [3], [0, 1, 0], "moveaxis(x, 1, 0)"),
      ("|u1", [2, 2, 2], [0, 1, 0, 1, 0, 1, 0, 1], "labels of shape [2, 2, 2]"),
    ] as [(String, [Int], [UInt8], String)])
  func refusesLabels(_ type: String, _ shape: [Int], _ bytes: [UInt8], _ words: String) throws {
    let images: [UInt8] = [1, 2, 3, 4, 5, 6]
    let scratch = try folder([
      ("x_train", "|u1", [2, 3], images), ("y_train", type, shape, bytes), ("x_test", "|u1", [2, 3], images), two,
    ])
    expectProblem(.badData, words, loading: "npz:\(scratch.path)")
  }

  @Test func refusesWhatNamesDoNotTell() throws {
    let x: ([Int], [UInt8]) = ([2, 2], [1, 2, 3, 4])
    let twice = try folder([
      ("x_train", "|u1", x.0, x.1), ("train_images", "|u1", x.0, x.1), ("y_train", "|u1", [2], [0, 1]),
    ])
    expectProblem(.badData, "holds both train_images and x_train", loading: "npz:\(twice.path)")
    let strange = try folder([("foo", "|u1", x.0, x.1), ("bar", "|u1", [2], [0, 1])])
    expectProblem(
      .missingInput, "no training samples that can be told by name", "bar, foo", loading: "npz:\(strange.path)")
    let unnamed = try folder([("arr_0", "|u1", x.0, x.1), ("arr_1", "|u1", x.0, x.1)])
    expectProblem(.badData, "arr_0 [2, 2], arr_1 [2, 2]", loading: "npz:\(unnamed.path)")
    let words = try folder([("x", "|S2", [2, 1], x.1), ("y", "|u1", [2], [0, 1])])
    expectProblem(.badData, "x.npy holds words, where samples need numbers", loading: "npz:\(words.path)")
  }

  /// An archive made of a folder, with what macOS adds.
  @Test func readsAZippedFolder() throws {
    let inner = Zip.stored([
      ("data/x_train.npy", try Golden.bytes("npy/x_train.npy")), ("__MACOSX/data/._x_train.npy", [1, 2]),
      ("data/y_train.npy", try Golden.bytes("npy/y_train.npy")),
      ("data/x_test.npy", try Golden.bytes("npy/x_test.npy")),
      ("data/y_test.npy", try Golden.bytes("npy/y_test.npy")), ("data/.DS_Store", [1]),
    ])
    let scratch = try Scratch(), path = try scratch.write("folder.zip", inner)
    #expect(try Catalog.dataset(named: "npz:\(path)").train.bytes == (try Golden.expected().grey))
    let two = Zip.stored(["a/x_train.npy", "b/x_train.npy"].map { ($0, [1]) })
    expectProblem(.badData, "holds x_train more than once", loading: "npz:\(try scratch.write("two.zip", two))")
    let same = Zip.stored(["x_train.npy", "x_train.npy"].map { ($0, [1]) })
    expectProblem(.badData, "two entries named x_train.npy", loading: "npz:\(try scratch.write("same.zip", same))")
    let array = try scratch.write("x.npy", Golden.bytes("npy/x_train.npy"))
    expectProblem(.badData, "is a single array (.npy)", loading: "npz:\(array)")
  }
}
