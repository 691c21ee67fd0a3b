/// Floats of sixteen bits as files hold them. `Float16` is missing from Swift on Intel Macs.
public enum HalfFloat {
  /// An IEEE 754 binary16 as a float, which holds all of them.
  public static func binary16(_ bits: UInt16) -> Float {
    let sign = UInt32(bits & 0x8000) << 16, exponent = UInt32(bits >> 10 & 0x1F), fraction = UInt32(bits & 0x3FF)
    if exponent == 0 {
      let magnitude = Float(fraction) * 0x1p-24
      return sign == 0 ? magnitude : -magnitude
    }
    return Float(bitPattern: sign | (exponent == 31 ? 0xFF : exponent + 112) << 23 | fraction << 13)
  }

  /// A bfloat16: the upper half of a 32-bit float.
  public static func bfloat16(_ bits: UInt16) -> Float { Float(bitPattern: UInt32(bits) << 16) }
}
