import Basics
import Datasets
import Testing

/// Which classes a data set has, whatever form it is read from.
@Suite struct ClassTests {
  private func dataset(_ train: [Int32], _ test: [Int32]) throws -> Dataset {
    func split(_ labels: [Int32]) -> Split {
      Split(pixels: .bytes(labels.map { UInt8(abs($0) % 200) }), labels: labels)
    }
    return try Dataset(
      name: "toy", source: "test", inputShape: FeatureShape(channels: 1), pixelScale: 1, train: split(train),
      test: split(test))
  }

  @Test func plainNumbersStay() throws {
    let plain = try dataset([0, 2, 1, 1], [1, 0])
    #expect(plain.classCount == 3 && plain.classNames.isEmpty && plain.notes.isEmpty)
    #expect(plain.train.labels == [0, 2, 1, 1] && plain.test.labels == [1, 0])
  }

  @Test(
    arguments: [
      ([1, 2, 3, 1], "1 is 0, 2 is 1, 3 is 2"), ([0, 60000, 0], "0 is 0, 60000 is 1"), ([-1, 1, 1], "-1 is 0, 1 is 1"),
      ([7, 2_147_483_647], "7 is 0, 2147483647 is 1"),
    ] as [([Int32], String)])
  func othersAreNumberedAnew(_ labels: [Int32], _ map: String) throws {
    let dataset = try dataset(labels, labels.reversed()), values = Set(labels).sorted()
    #expect(dataset.classCount == values.count && dataset.classNames == values.map { "\($0)" })
    #expect(dataset.train.labels.map { values[Int($0)] } == labels)
    #expect(dataset.test.labels == dataset.train.labels.reversed())
    #expect(dataset.notes == ["classes numbered anew: \(map)"] && dataset.source == "test; \(dataset.notes[0])")
  }

  @Test func testSamplesHaveNoOtherClasses() {
    for (train, test, words) in [
      ([0, 1, 2], [1, 3], "lack: 3."), ([1, 2, 3], [0, 1], "lack: 0."),
      ([0, 1], [0, 9, 8, 7, 6, 5, 4], "8 and others."),
      ([0, 1, -1], [0], "labels training sample 2 as -1"), ([0, 1], [-1], "labels test sample 0 as -1"),
      ([0, 0], [0], "a single class"), ([], [0], "no training samples"),
    ] as [([Int32], [Int32], String)] {
      let problem = #expect(throws: Problem.self) { try dataset(train, test) }
      #expect(problem?.kind == .badData && problem?.problem.contains(words) == true, "\(problem!)")
    }
  }

  /// IDX as EMNIST's letters are, NumPy with labels of three classes and test labels of another.
  @Test func formsFollowThem() throws {
    let letters = try IDX.folder(labels: IDX.bytes([2], [1, 3]), testLabels: IDX.bytes([2], [3, 3]))
    let dataset = try Catalog.dataset(named: "idx:\(letters.path)")
    #expect(dataset.classCount == 2 && dataset.train.labels == [0, 1] && dataset.test.labels == [1, 1])
    #expect(dataset.notes == ["classes numbered anew: 1 is 0, 3 is 1"])
    let strange = try IDX.folder(testLabels: IDX.bytes([2], [1, 2]))
    expectProblem(.badData, "training samples lack: 2", loading: "idx:\(strange.path)")
    let scratch = try Scratch()
    for (name, labels) in [("train", [0, 1, 2, 1]), ("test", [1, 2, 3, 3])] as [(String, [UInt8])] {
      try scratch.write("x_\(name).npy", NPYDamageTests.file("|u1", shape: "(4, 1)", [9, 8, 7, 6]))
      try scratch.write("y_\(name).npy", NPYDamageTests.file("|u1", shape: "(4,)", labels))
    }
    expectProblem(.badData, "training samples lack: 3", loading: "npz:\(scratch.path)")
  }

  @Test func transformsKeepWhatIsKnown() throws {
    let scratch = try Scratch()
    let text = "a,label\n" + (0..<20).map { "\($0).5,\($0 % 2 + 1)" }.joined(separator: "\n")
    let path = try scratch.write("data.csv", text)
    let dataset = try Catalog.dataset(named: "csv:\(path)"), half = try Catalog.dataset(named: "csv:\(path)+share:0.5")
    #expect(half.notes == dataset.notes && half.classNames == ["1", "2"] && half.source == dataset.source)
    #expect(half.channelNames == ["column 1 (a)"])
  }
}

@Suite struct AnnouncementTests {
  @Test func saysSamplesShapeRangeAndClasses() throws {
    let digits = try Digits().load(), names = ["ash", "elm"]
    #expect(
      digits.announcement(training: digits.train.labels, validation: 0)[0].hasPrefix(
        "data: digits: 1 437 training and 360 test samples of 1x8x8, values 0 to 16 worth 1/16 each, 10 classes, "))
    let split = Split(pixels: .floats([-1.5, 2, 0.25]), labels: [0, 0, 1])
    let dataset = try Dataset(
      name: "toy", source: "test", notes: ["read so"], inputShape: FeatureShape(channels: 1), classNames: names,
      pixelScale: 1, train: split, test: split)
    #expect(
      dataset.announcement(training: [0, 0], validation: 1) == [
        "data: toy: 2 training, 1 validation and 3 test samples of 1, values -1.5 to 2.0, 2 classes (ash, elm), 0 to 2 "
          + "training samples each",
        "  read so; no training sample of class elm",
      ])
  }
}

/// What single precision cannot normalise is refused by name, and all else comes out finite.
@Suite struct ExtremeNumberTests {
  private func dataset(_ column: [Float], test: [Float]? = nil) throws -> Dataset {
    func split(_ column: [Float]) -> Split {
      Split(
        pixels: .floats(column.enumerated().flatMap { [Float($0 % 3), $1] }),
        labels: column.indices.map { Int32($0 % 2) })
    }
    return try Dataset(
      name: "toy", source: "test", inputShape: FeatureShape(channels: 2),
      channelNames: ["column 1 (a)", "column 2 (b)"],
      pixelScale: 1, train: split(column), test: split(test ?? column))
  }

  private func check(_ dataset: Dataset) throws {
    try dataset.check(dataset.normalisation(), of: [dataset.train, dataset.test])
  }

  @Test(
    arguments: [
      [0x1p-133, 0x1p-132, 0x1.8p-132, 0x1p-133], [0x1p-149, 0, 0, 0], [3e38, -3e38, 3e38, -3e38],
      [1, 1 + .ulpOfOne, 1, 1].map { 1e6 * $0 },
    ] as [[Float]])
  func refusesByName(_ column: [Float]) throws {
    let data = try dataset(column), problem = #expect(throws: Problem.self) { try check(data) }
    #expect(problem?.kind == .badData && problem?.problem.contains("column 2 (b) has the mean") == true, "\(problem!)")
  }

  @Test func testSamplesMayBeFarButNotThatFar() throws {
    try check(dataset([0, 1, 2, 3], test: [1e12, 0, 0, 0]))
    let problem = #expect(throws: Problem.self) { try check(dataset([0, 1, 2, 3], test: [0, -1e30, 0, 0])) }
    #expect(problem?.problem.contains("column 2 (b) holds -1e+30") == true, "\(problem!)")
  }

  @Test(
    arguments: [
      [1e-37, 2e-37, 3e-37, 1e-37], [1e37, -1e37, 1e37, -1e37], [0.1, 0.1, 0.1, 0.1], [3e38, 3e38, 3e38, 3e38],
      [0x1p-133, 0x1p-133],
      [1.7e9, 1.8e9, 1.75e9, 1.6e9], Array(repeating: 0, count: 200) + [1e37],
    ] as [[Float]])
  func everythingElseComesOutFinite(_ column: [Float]) throws {
    let data = try dataset(column), found = data.normalisation()
    try check(data)
    let (multiplier, shift) = data.affine(found, channel: 1)
    for value in column {
      let normal = shift.addingProduct(value, multiplier)
      #expect(normal.magnitude <= Float(column.count).squareRoot(), "\(value) becomes \(normal)")
    }
  }
}
