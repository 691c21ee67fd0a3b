import Basics
import Networks
import Tickets

extension ExportedNetwork {
  /// What files say of where they come from.
  var notes: [(key: String, value: String)] {
    [
      ("ticket", ticket.digest), ("weights", weights.rawValue), ("density", "\(mask.density)"), ("data", data),
    ] + (classNames.isEmpty ? [] : [("classes", classNames.joined(separator: "\n"))])
  }

  /// Shape and meaning of one sample, as the exported network takes it: `3x32x32, stored bytes as floats`.
  var inputText: String { "\(architecture.input), \(inputMeaning)" }

  var inputMeaning: String {
    affine == nil ? "normalised values" : storesBytes ? "stored bytes as floats" : "stored values"
  }
}
