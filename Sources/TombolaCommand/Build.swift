import Basics
import CCommit
import Lanes

/// What is known about this program beside its version.
enum Build {
  /// The commit it was built from, `+` behind it if files were changed since; nil if nobody said so when it was linked.
  static var commit: String? {
    let text = String(cString: tombola_commit())
    return text.isEmpty ? nil : text
  }

  /// What `tombola --version` prints.
  static var text: String {
    "\(Version.text) (\(commit.map { "commit \($0)" } ?? "unknown commit"), CPU level \(CPULevel.current.rawValue))"
  }
}
