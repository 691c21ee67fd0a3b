public import Foundation

/// A data set that Tombola knows by name: one struct per file of this folder, listed in `Catalog.sources`.
public protocol DataSource: Sendable {
  /// What the user types: `fashion-mnist`.
  var name: String { get }
  /// One line for the list of data sets.
  var summary: String { get }
  /// Who made it, where it is published, and its licence.
  var origin: String { get }
  /// The files it is read from; none if it is built in.
  var files: [DataFile] { get }
  /// The archive in which the files are published together; nil if each is published alone.
  var archive: DataArchive? { get }
  /// Folders on the web that hold the archive, or the files as `NAME.gz`, in the order to try.
  var mirrors: [URL] { get }
  /// The Debian package that installs the files.
  var debianPackage: String? { get }
  /// No other data set uses these file names, so they are recognised in any folder without comparing digests.
  var hasTellingNames: Bool { get }
  func load(from locator: DataLocator) throws -> Dataset
}

extension DataSource {
  public var files: [DataFile] { [] }
  public var archive: DataArchive? { nil }
  public var mirrors: [URL] { [] }
  public var debianPackage: String? { nil }
  public var hasTellingNames: Bool { false }

  /// The names of folders that hold this data set and nothing else.
  var folderNames: [String] { [name] + (archive.map { [$0.folder] } ?? []) }

  /// Where a person finds the archive.
  var archiveAddress: String? {
    archive.flatMap { archive in mirrors.first.map { $0.appendingPathComponent(archive.name).absoluteString } }
  }
}

/// What the loading of users' own files may depend on.
public struct LoadOptions: Equatable, Sendable {
  /// Height and width to which images are resized.
  public var imageSize = 32
  /// Which column of a table holds the labels: `auto`, `first`, `last`, a number from 1, or a name.
  public var label = "auto"
  public var header = TableHeader.auto
  public var decimal = DecimalMark.auto
  /// The share of each class that is taken for testing where files come without a test split.
  public var testShare = 0.2

  public init(imageSize: Int = 32, testShare: Double = 0.2) {
    self.imageSize = imageSize
    self.testShare = testShare
  }

  /// The settings that differ from `usual` and are about one kind of files: tables, or images.
  func changes(aboutTables: Bool) -> [String] {
    let usual = LoadOptions()
    let changes = [
      ("image-size", false, imageSize != usual.imageSize), ("label", true, label != usual.label),
      ("header", true, header != usual.header), ("decimal", true, decimal != usual.decimal),
    ]
    return changes.filter { $0.2 && $0.1 == aboutTables }.map(\.0)
  }
}

/// A kind of file that users bring themselves: `csv:FILE`. One struct per file of this folder, listed in
/// `Catalog.forms`.
public protocol DataForm: Sendable {
  /// What stands before the colon: `csv`.
  var prefix: String { get }
  /// How to write it: `csv:FILE or csv:TRAIN,TEST`.
  var usage: String { get }
  var summary: String { get }
  /// Whether images are resized to `LoadOptions.imageSize`.
  var resizesImages: Bool { get }
  /// Whether columns are told apart by `LoadOptions.label`, `header` and `decimal`.
  var readsTables: Bool { get }
  /// - Parameter path: what stands after the colon.
  func load(_ path: String, _ options: LoadOptions) throws -> Dataset
}

extension DataForm {
  public var resizesImages: Bool { false }
  public var readsTables: Bool { false }
}

/// A file of a published data set. It may lie on disk plain or with `.gz` appended.
public struct DataFile: Equatable, Sendable {
  /// Without `.gz`.
  public var name: String
  /// The size of the plain content.
  public var byteCount: Int
  /// SHA-256 of the plain content, so that a recompressed file is recognised as well; nil if nobody published one.
  public var contentDigest: String?
  /// SHA-256 of the compressed file as first published.
  public var archiveDigest: String?
  /// Copies with other content are about, such as images saved anew: a file of the right size is used as it is.
  public var allowsOtherContent: Bool

  public init(
    name: String, byteCount: Int, contentDigest: String?, archiveDigest: String? = nil, allowsOtherContent: Bool = false
  ) {
    self.name = name
    self.byteCount = byteCount
    self.contentDigest = contentDigest
    self.archiveDigest = archiveDigest
    self.allowsOtherContent = allowsOtherContent
  }

  /// The names under which the file is found: some copies write `.idx` for `-idx`.
  package var fileNames: [String] {
    let names = [name, name.replacingOccurrences(of: "-idx", with: ".idx")]
    return Set(names).count == 1 ? [name, name + ".gz"] : names + names.map { $0 + ".gz" }
  }
}

/// A tar archive, plain or gzip, that holds all files of a data set.
public struct DataArchive: Equatable, Sendable {
  /// As published: `cifar-10-binary.tar.gz`.
  public var name: String
  /// The size of the archive as published.
  public var byteCount: Int
  /// SHA-256 of the archive as published.
  public var digest: String
  /// The folder that unpacking it makes.
  public var folder: String

  public init(name: String, byteCount: Int, digest: String, folder: String) {
    self.name = name
    self.byteCount = byteCount
    self.digest = digest
    self.folder = folder
  }
}
