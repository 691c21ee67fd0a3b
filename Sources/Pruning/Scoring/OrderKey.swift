/// Whole numbers that order like floats; -0 and +0 are equal.
package enum OrderKey {
  package static func key(_ value: Float) -> UInt32 {
    let bits = (value + 0).bitPattern
    return bits >> 31 == 1 ? ~bits : bits | 0x8000_0000
  }

  /// The float of a key; finite floats have keys from 0x0080_0000 to 0xFF7F_FFFF.
  package static func value(_ key: UInt32) -> Float { Float(bitPattern: key >> 31 == 1 ? key & 0x7FFF_FFFF : ~key) }

  /// A number below zero for every one that is not negative, in the same order and without loss; above `lowest`.
  package static func belowZero(_ value: Float) -> Float {
    let top = Float.greatestFiniteMagnitude.bitPattern - 1
    return -Float(bitPattern: top - min(value.magnitude.bitPattern, top))
  }

  /// Below every score that a criterion gives: of weights that are gone already.
  package static let lowest = -Float.greatestFiniteMagnitude

  /// The number in the upper or the lower half of the finite floats: all upper ones come after all lower ones, and within a
  /// half the order stays, but for the last bit.
  package static func half(_ value: Float, isUpper: Bool) -> Float {
    let place = key(value) >> 1
    return self.value(isUpper ? 0x8000_0000 + (place - 0x0040_0000) : 0x0040_0000 + place)
  }
}
