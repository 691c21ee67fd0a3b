import Basics

/// A setting as lists show it.
public struct ListedSetting: Equatable, Sendable {
  public let key: String
  public let summary: String
  /// What its value must look like.
  public let form: String
  /// What it is where nothing is said.
  public let usual: String
  /// Those that have it with this meaning and default.
  public fileprivate(set) var experiments: [String]

  fileprivate func isTold(as other: ListedSetting) -> Bool {
    (key, summary, form, usual) == (other.key, other.summary, other.form, other.usual)
  }
}

extension Experiment {
  /// Its settings in their order.
  public static var listedSettings: [ListedSetting] {
    let plain = Settings()
    return Settings.fields.map {
      ListedSetting(
        key: $0.key, summary: $0.summary, form: $0.form, usual: $0.read(plain), experiments: [name])
    }
  }
}

extension ExperimentCatalog {
  /// The settings of all experiments; those that are told alike are one, those of one name stand together.
  public static var settings: [ListedSetting] {
    var listed: [ListedSetting] = []
    for setting in all.flatMap({ $0.listedSettings }) {
      if let place = listed.firstIndex(where: { $0.isTold(as: setting) }) {
        listed[place].experiments += setting.experiments
      } else {
        listed.insert(setting, at: (listed.lastIndex { $0.key == setting.key } ?? listed.count - 1) + 1)
      }
    }
    return listed
  }
}
