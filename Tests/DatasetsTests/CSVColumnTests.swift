import Basics
import Datasets
import Testing

/// A table's text: a header and so many lines.
private func table(_ header: String? = nil, _ count: Int = 30, _ row: (Int) -> String) -> String {
  ((header.map { [$0] } ?? []) + (0..<count).map(row)).joined(separator: "\n") + "\n"
}

private func point(_ index: Int) -> String { "0.\(123 + 7 * index),-1.\(900 - index)" }

@Suite struct CSVColumnTests {
  private func load(_ text: String, _ options: LoadOptions = LoadOptions()) throws -> Dataset {
    let scratch = try Scratch()
    return try Catalog.dataset(named: "csv:\(try scratch.write("data.csv", text))", options: options)
  }

  private func options(label: String = "auto", header: TableHeader = .auto, decimal: DecimalMark = .auto) -> LoadOptions
  {
    var options = LoadOptions()
    (options.label, options.header, options.decimal) = (label, header, decimal)
    return options
  }

  private func expectRefused(
    _ text: String, _ words: String..., options: LoadOptions = LoadOptions(), kind: Problem.Kind = .badData,
    location: SourceLocation = #_sourceLocation
  ) {
    let problem = #expect(throws: Problem.self, sourceLocation: location) { try load(text, options) }
    #expect(problem?.kind == kind, sourceLocation: location)
    for word in words + ["data.csv"] {
      #expect("\(problem!)".contains(word), "'\(word)' in: \(problem!)", sourceLocation: location)
    }
  }

  // MARK: labels

  /// Kaggle's MNIST: the label stands first, and says so.
  @Test func labelsAreFoundByTheirName() throws {
    let names = (["label"] + (0..<16).map { "pixel\($0)" }).joined(separator: ",")
    let text = table(names, 300) { i in
      ([i % 10] + (0..<16).map { (i * 31 + $0 * 17) % 256 }).map(String.init).joined(separator: ",")
    }
    let dataset = try load(text)
    #expect(dataset.classCount == 10 && dataset.inputShape.channels == 16 && dataset.train.count == 240)
    #expect(dataset.notes.contains("labels in column 1 (label)"))
    #expect(try load(text, options(label: "first")).train == dataset.train)
    #expect(try load(text, options(label: "1")).train == dataset.train)
    #expect(try load(text.replacing("label", with: "digit"), options(label: "digit")).train == dataset.train)
    expectRefused(text, "300 samples", "column 17 (pixel15)", options: options(label: "last"))
  }

  @Test func labelsWithoutAHeaderAreLastUnlessSaid() throws {
    let text = table(nil, 100) { "\($0 % 5),\($0 * 3 % 101),\($0),0" }
    expectRefused(text, "a single class, '0'", "read from column 4", "label=first")
    let dataset = try load(text, options(label: "first"))
    #expect(dataset.classCount == 5 && dataset.inputShape.channels == 3)
    #expect(try load(text, options(label: "1")).train == dataset.train)
    expectRefused(text, "label=5", "1 to 4", options: options(label: "5"), kind: .usage)
    expectRefused(text, "no header", "'kind'", options: options(label: "kind"), kind: .usage)
  }

  @Test func severalNamesOfLabelsAreRefused() throws {
    func text(_ names: String) -> String { table(names) { "\($0 % 2),\(point($0)),\($0 % 3)" } }
    expectRefused(text("label,a,b,class"), "column 1 (label), column 4 (class)", "--set label=1")
    expectRefused(text("label,a,b,label"), "column 1 (label), column 4 (label)")
    expectRefused(text("y,a,b,c"), "column 1 (y) or in the last column")
    expectRefused(text("label,a,b,label"), "column 1 (label)", options: options(label: "label"))
    expectRefused(text("kind,a,b,c"), "no column 'knd'", "kind", options: options(label: "knd"), kind: .usage)
    #expect(try load(text("y,a,b,c"), options(label: "y")).classCount == 2)
    #expect(try load(text("label,a,b,class"), options(label: "4")).classCount == 3)
  }

  @Test(arguments: ["NA", "nan", "NULL", "?", "n/a", "#N/A", "<NA>"])
  func missingValuesAreNoClass(_ word: String) {
    for line in [0, 7] {
      let text = table { "\(point($0)),\($0 == line ? word : "\($0 % 2)")" }
      expectRefused(text, "line \(line + 1) has the label '\(word)'", "missing")
      expectRefused(table { "\(point($0)),\($0 == line ? word : $0 % 2 == 0 ? "ant" : "cow")" }, "'\(word)'", "missing")
    }
    expectRefused(table { "\(point($0)),\($0 == 7 ? word : "0.3"),\($0 % 2)" }, "line 8, column 3: '\(word)'")
  }

  @Test func numbersBesideWordsAndMeasurementsAreNoClasses() {
    expectRefused(table { "\(point($0)),\($0 == 7 ? "other" : "\($0 % 2)")" }, "numbers and words", "'other' in line 8")
    expectRefused(table("a,b,label") { "\(point($0)),\(Double($0) / 7 - 1)" }, "line 3", "-0.857", "a measurement")
    expectRefused(table { "\(point($0)),\($0 % 2).5" }, "line 1 has the label 0.5", "a measurement")
    expectRefused(table { "\(point($0)),\($0)" }, "30 classes in 30 samples", "column 3", "label=first")
    expectRefused(table { "\(point($0)),word\($0 / 4)" }, "8 classes in 30 samples")
    expectRefused(table { "\(point($0)),\($0 == 3 ? -1 : $0 % 2)" }, "as -1", "from 0")
    expectRefused("1,2,0\n3,4,99999999999\n", "line 2 has the label 99999999999")
    expectRefused("1,2,0\n3,4,\n", "line 2 has an empty label")
  }

  @Test func numbersAreOneClassHoweverWritten() throws {
    let dataset = try load(table { "\(point($0)),\($0 % 3)\(["", ".0", "e0"][$0 % 2 + $0 % 5 / 4])" })
    #expect(dataset.classCount == 3 && dataset.classNames.isEmpty)
  }

  // MARK: headers

  @Test func namesMayBeNumbers() throws {
    let text = table("0,1,2") { "\(point($0)),\($0 % 2)" }
    let dataset = try load(text)
    #expect(dataset.classCount == 2 && dataset.train.count + dataset.test.count == 30)
    #expect(dataset.notes.contains("line 1 taken for names (header=no if it is a sample)"))
    #expect(try load(text, options(header: .yes)).train == dataset.train)
    let bare = try load(text, options(header: .no))
    #expect(bare.classCount == 3 && bare.train.count + bare.test.count == 31)
    let middle = try load(table("0,1,2") { "0.\($0),\($0 % 2),\(point($0).prefix(5))" }, options(label: "2"))
    #expect(middle.classCount == 2 && middle.train.count + middle.test.count == 30)
    for header in ["0,1,class", "1,2,kind", "2019,2020,label"] {
      let words = try load(table(header) { "\(point($0)),\($0 % 2 == 0 ? "cat" : "dog")" })
      #expect(words.classNames == ["cat", "dog"] && words.train.count + words.test.count == 30, "\(header)")
    }
  }

  @Test func whatMayBeEitherIsRefused() throws {
    let whole = table("0,1,2") { "\($0),\($0 * 5),\($0 % 3)" }
    expectRefused(whole, "line 1 counts its columns", "header=yes or header=no")
    #expect(try load(whole, options(header: .no)).train.count == 25)
    #expect(try load(whole, options(header: .yes)).train.count == 24)
    let odd = table("2019,2021,price") { "\(point($0)),\($0 % 3)" }
    expectRefused(odd, "line 1 has the only label that is a word, 'price'", "header=")
    #expect(try load(odd, options(header: .yes)).classCount == 3)
    expectRefused("1,x,0\n3,4,1\n", "line 1, column 2: 'x'", "header=yes")
    expectRefused(table { $0 == 0 ? ",2.5,0" : "\($0),3.5,\($0 % 2)" }, "line 1, column 1: ''", "Fill the value in")
    let once = try load(table { "\(point($0)),\($0 == 0 ? "emu" : $0 % 2 == 0 ? "ant" : "cow")" })
    #expect(once.classCount == 3 && once.notes.contains { $0.contains("its label occurs once (header=yes") })
  }

  // MARK: numbers

  @Test func commasMayPartThousands() throws {
    func text(_ number: String) -> String { table("a;b;label") { "\($0);\($0 == 4 ? number : "\($0 % 4)");\($0 % 2)" } }
    expectRefused(text("1,234"), "line 6 has '1,234'", "decimal=comma")
    #expect(try load(text("1,234"), options(decimal: .comma)).notes.contains("decimal commas"))
    #expect(try load(text("0,234")).notes.contains("decimal commas"))
    expectRefused(text("1,234,567"), "'1,234,567'", options: options(decimal: .comma))
    expectRefused(text("1,234.5"), "'1,234.5'", "thousands")
    expectRefused(text("1.234,5"), "'1.234,5'", "thousands")
    expectRefused(text("1,5"), "'1,5' is no finite number", options: options(decimal: .point))
    expectRefused(text("0,5").replacing("\n5;", with: "\n5.5;"), "'5.5' is no finite number", "decimal commas")
  }

  @Test func namesTheLineAndColumn() {
    expectRefused("1,2,0\n3,1\n", "line 2 has 2 columns; line 1 has 3")
    expectRefused("1,2,0\n\n3,x,1\n", "line 3, column 2: 'x'")
    expectRefused("a,b,c\n1,2,0\n3,x,1\n", "line 3, column 2 (b): 'x'")
    for word in ["nan", "inf", "", "1e99", "0x10", "1_000", "12%"] {
      expectRefused("1,2,0\n3,\(word),1\n", "line 2, column 2: '\(word)'")
    }
    expectRefused("1,2,0\n3,\"4,1\n", "line 2 opens a quotation mark")
    expectRefused("1,2,0\n3,\"4\"5,1\n", "line 2 goes on after")
    expectRefused("1,2,0\n3,\(String(repeating: "9", count: 500)),1\n", "999...'")
  }

  @Test func refusesTablesWithoutSamples() throws {
    expectRefused("", "is empty")
    expectRefused("\n\r\n\n", "is empty")
    expectRefused("1\n2\n", "a single column", "semicolons")
    expectRefused("1 2 0\n2 3 1\n", "a single column")
    expectRefused("1,0\n2,1\n", "too few samples")
    expectRefused("a,b\n", "a header and no samples")
    expectRefused("id,label\n1,0\n2,1\n", "no column of features")
  }

  @Test func refusesWhatIsNoText() throws {
    let scratch = try Scratch()
    for (bytes, words) in [
      (Array("PK\u{3}\u{4}sheet".utf8), "an archive"), ([49, 0, 44, 0, 48, 0, 10, 0], "zero bytes"),
      ([0xFF, 0xFE, 49, 0, 44], "cannot be read"), (Array("a,b\n1,caf".utf8) + [0xE9, 10], "line 2 holds '1,caf"),
    ] as [([UInt8], String)] {
      expectProblem(.badData, "data.csv", words, loading: "csv:\(try scratch.write("data.csv", bytes))")
    }
  }

  @Test func otherDataTakeNoColumns() {
    for (key, options) in [
      ("label", options(label: "first")), ("header", options(header: .no)), ("decimal", options(decimal: .comma)),
    ] {
      for name in ["digits", "idx:\(Golden.path("idx"))"] {
        let problem = #expect(throws: Problem.self) { try Catalog.dataset(named: name, options: options) }
        #expect(problem?.kind == .usage && problem?.problem.contains("\(key) has no effect on \(name)") == true)
      }
    }
  }
}

/// One file to train on, one to test with.
@Suite struct CSVPairTests {
  private func pair(_ train: String, _ test: String) throws -> (Scratch, String) {
    let scratch = try Scratch()
    return (scratch, "csv:\(try scratch.write("train.csv", train)),\(try scratch.write("test.csv", test))")
  }

  private func load(_ train: String, _ test: String) throws -> Dataset {
    let (scratch, name) = try pair(train, test)
    return try withExtendedLifetime(scratch) { try Catalog.dataset(named: name) }
  }

  private func expectRefused(_ train: String, _ test: String, _ words: String...) throws {
    let (scratch, name) = try pair(train, test)
    for word in words { expectProblem(.badData, word, loading: name) }
    withExtendedLifetime(scratch) {}
  }

  private let words = table("x,z,kind", 15) { "\($0),\(-$0),\(["oak", "ash", "elm"][$0 % 3])" }

  @Test func columnsAreMatchedByName() throws {
    let dataset = try load(words, "kind,z,x\nelm,5,6\nash,7,8\n")
    #expect(dataset.test.floats == [6, 5, 8, 7] && dataset.test.labels == [1, 0])
    #expect(dataset.train.labels.prefix(3) == [2, 0, 1] && dataset.classNames == ["ash", "elm", "oak"])
    #expect(dataset.notes.contains("columns of test.csv matched by name"))
    #expect(try load(words, ",kind,z,x\n0,elm,5,6\n1,ash,7,8\n").test == dataset.test)
    try expectRefused(words, "x,kind\n1,oak\n2,ash\n", "test.csv lacks columns of train.csv: z.")
    try expectRefused(words, "x,z\n1,2\n2,3\n", "test.csv lacks columns of train.csv: kind.")
    try expectRefused(words, "x,w,z,kind\n1,2,3,oak\n2,3,4,ash\n", "besides those, columns of train.csv: w.")
    try expectRefused(words, "x,z,x,kind\n1,2,3,oak\n2,3,4,ash\n", "more than once, columns of train.csv: x.")
    try expectRefused(words, "1,oak\n2,ash\n", "test.csv has 2 columns, train.csv 3.")
  }

  @Test func oneHeaderIsEnough() throws {
    let bare = words.split(separator: "\n").dropFirst().joined(separator: "\n"), test = "6,5,elm\n8,7,ash\n"
    for (train, test) in [(words, test), (bare, "x,z,kind\n" + test), (bare, test)] {
      let dataset = try load(train, test)
      #expect(dataset.test.floats == [6, 5, 8, 7] && dataset.train.count == 15)
    }
    #expect(try load(words, test).notes.contains("test.csv has no header, so columns are matched by place"))
  }

  @Test func theTrainingSamplesHaveAllClasses() throws {
    let lacks = "has test samples of classes that its training samples lack"
    try expectRefused(words, "x,z,kind\n1,2,yew\n2,3,ash\n", "\(lacks): yew.")
    try expectRefused(words, "x,z,kind\n1,2,0\n2,3,1\n", "\(lacks): 0, 1.")
    let numbers = table("x,z,kind", 15) { "\($0),\(-$0),\($0 % 3)" }
    try expectRefused(numbers, "x,z,kind\n1,2,3\n2,3,1\n", "\(lacks): 3.")
    try expectRefused(numbers, "x,z,kind\n1,2,ash\n2,3,oak\n", "\(lacks): ash, oak.")
  }

  @Test func namesTheFileThatIsMissing() throws {
    let (scratch, _) = try pair(words, words)
    expectProblem(.missingInput, "none.csv", loading: "csv:\(scratch.path)/train.csv,\(scratch.path)/none.csv")
  }
}
