import Basics

/// The training and test images of a folder: which of its folders are parts, and which are classes.
struct ImageParts {
  /// The folder itself, or the only one in it.
  let folder: String
  let train: ImageTree
  /// Nil if the test split is to be taken from `train`.
  var test: ImageTree?
  var notes: [String] = []

  /// The classes of the training images.
  var classes: [String] { train.classes }

  /// - Throws: `Problem.badData` if parts or classes cannot be told, or do not fit each other.
  init(_ given: String) throws {
    let folder = try Self.unwrapped(given)
    let content = try ImageTree.content(folder), parts = try Self.parts(content.folders, folder)
    let filled = try parts.filter { try !ImageTree.content("\(folder)/\($0.value)").folders.isEmpty }
    var rest = content.others
    self.folder = folder
    if let name = filled[.train] {
      train = try ImageTree("\(folder)/\(name)")
      let tested = filled[.test] ?? filled[.validation]
      test = try tested.map { try ImageTree("\(folder)/\($0)") }
      if let tested, filled[.test] == nil { notes.append("\(tested) serves for testing") }
      rest = content.folders.filter { $0 != name && $0 != tested } + rest
    } else {
      guard filled.isEmpty, parts.count < 2 else {
        throw Problem.badData(
          "\(folder) has \(parts.values.sortedNames().joined(separator: " and ")), but no training images in class folders.",
          remedy: "Put the images of each class into a folder of its own, below train and test alike.")
      }
      train = try ImageTree(folder)
    }
    if !rest.isEmpty { notes.append("left aside in \(folder): \(Self.list(rest))") }
    try checkClasses()
  }

  /// Goes down while a folder holds one folder alone, which holds folders: as archives unpack.
  private static func unwrapped(_ folder: String) throws -> String {
    let content = try ImageTree.content(folder)
    guard content.folders.count == 1, let inner = content.folders.first, Part(inner) == nil,
      try !ImageTree.content("\(folder)/\(inner)").folders.isEmpty
    else { return folder }
    return try unwrapped("\(folder)/\(inner)")
  }

  static func list(_ names: [String]) -> String {
    names.prefix(5).joined(separator: ", ") + (names.count > 5 ? " and \(grouped(names.count - 5)) more" : "")
  }
}

// Parts.
extension ImageParts {
  private enum Part: Hashable {
    case train, test, validation

    /// `Train`, `training_set`, `TEST`, `valid`: letters alone count.
    init?(_ name: String) {
      let letters = name.lowercased().filter(\.isLetter)
      switch letters.hasSuffix("set") ? String(letters.dropLast(3)) : letters {
      case "train", "training": self = .train
      case "test", "testing": self = .test
      case "val", "valid", "validation": self = .validation
      default: return nil
      }
    }
  }

  private static func parts(_ folders: [String], _ folder: String) throws -> [Part: String] {
    var found: [Part: String] = [:]
    for name in folders {
      guard let part = Part(name) else { continue }
      if let other = found.updateValue(name, forKey: part) {
        throw Problem.badData(
          "\(folder) has both \(other) and \(name), which mean the same.", remedy: "Join or rename them.")
      }
    }
    return found
  }
}

// Classes.
extension ImageParts {
  private func checkClasses() throws {
    let remedy = "Put the images of each class into a folder of its own, with the class's name."
    guard !classes.isEmpty else { throw Problem.badData("\(train.folder) holds no class folders.", remedy: remedy) }
    let filled = Set(train.files.map(\.label)), broken = train.faults.map(\.path)
    let empty = classes.enumerated().filter { label, name in
      !filled.contains(Int32(label)) && !broken.contains { $0.hasPrefix("\(train.folder)/\(name)") }
    }
    guard empty.isEmpty else {
      throw Problem.badData(
        "\(train.folder) has class folders without files: \(Self.list(empty.map(\.element))).",
        remedy: "Fill or remove them.")
    }
    try checkDepth()
    let strange = test?.classes.filter { !classes.contains($0) } ?? []
    guard strange.isEmpty else {
      throw Problem.badData(
        "\(test!.folder) has classes that \(train.folder) lacks: \(Self.list(strange)).",
        remedy: "Give both parts the same class folders.")
    }
  }

  /// Folders below the class folders that are everywhere the same, without files beside them, may be the classes.
  private func checkDepth() throws {
    guard let contents = try? classes.map({ try ImageTree.content("\(train.folder)/\($0)") }), contents.count > 1,
      let names = contents.first?.folders, names.count > 1,
      contents.allSatisfy({ $0.others.isEmpty && $0.folders == names })
    else { return }
    throw Problem.badData(
      """
      The folders of \(train.folder) (\(Self.list(classes))) hold only folders, all of the same names \
      (\(Self.list(names))): either could be the classes.
      """,
      remedy: "Leave one level of folders, that of the classes, below train and test or without these.")
  }
}
