/// What data a result was made on.
public struct DatasetSummary: Codable, Equatable, Sendable {
  public var name: String
  public var source: String
  /// Channels, height, width.
  public var shape: [Int]
  public var classes: Int
  public var trainCount: Int
  public var validationCount: Int
  public var testCount: Int
  /// What was subtracted and divided by, in words.
  public var normalisation: String
  /// SHA-256 over samples and labels of training and test set; absent in results of older versions.
  public var digest: String?
  /// By class; absent if these are numbers from 0, and in results of older versions.
  public var classNames: [String]?

  public init(
    name: String, source: String, shape: [Int], classes: Int, trainCount: Int, validationCount: Int, testCount: Int,
    normalisation: String, digest: String? = nil, classNames: [String]? = nil
  ) {
    self.name = name
    self.source = source
    self.shape = shape
    self.classes = classes
    self.trainCount = trainCount
    self.validationCount = validationCount
    self.testCount = testCount
    self.normalisation = normalisation
    self.digest = digest
    self.classNames = classNames
  }
}
