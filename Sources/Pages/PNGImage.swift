public import Foundation

/// A picture as a PNG file in a `data:` address, without compression: small pictures for pages that load nothing.
public struct PNGImage: Equatable, Sendable {
  public let width: Int
  public let height: Int
  /// Row by row, red, green and blue of each pixel.
  public var pixels: [UInt8]

  /// - Precondition: Three bytes a pixel.
  public init(width: Int, height: Int, pixels: [UInt8]) {
    precondition(pixels.count == 3 * width * height, "\(pixels.count) bytes for \(width) x \(height) pixels")
    self.width = width
    self.height = height
    self.pixels = pixels
  }

  public var address: String { "data:image/png;base64," + file.base64EncodedString() }

  public var file: Data {
    var rows: [UInt8] = []
    for row in 0..<height {
      rows.append(0)
      rows += pixels[row * 3 * width..<(row + 1) * 3 * width]
    }
    // Eight bits, red green blue, no interlacing.
    let header = Self.word(width) + Self.word(height) + ([8, 2, 0, 0, 0] as [UInt8])
    var data = Data([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A] as [UInt8])
    data.append(Self.chunk("IHDR", header))
    data.append(Self.chunk("IDAT", Self.stored(rows)))
    data.append(Self.chunk("IEND", []))
    return data
  }

  private static func word(_ value: Int) -> [UInt8] {
    [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
  }

  private static func chunk(_ kind: String, _ content: [UInt8]) -> Data {
    let body = Array(kind.utf8) + content
    return Data(word(content.count) + body + word(Int(checksum(body))))
  }

  /// A zlib stream of stored blocks.
  private static func stored(_ bytes: [UInt8]) -> [UInt8] {
    var result: [UInt8] = [0x78, 0x01], start = 0, a: UInt32 = 1, b: UInt32 = 0
    repeat {
      let end = min(start + 65_535, bytes.count), count = UInt16(end - start)
      result.append(end == bytes.count ? 1 : 0)
      for half in [count, ~count] {
        result.append(UInt8(half & 255))
        result.append(UInt8(half >> 8))
      }
      result += bytes[start..<end]
      start = end
    } while start < bytes.count
    for byte in bytes {
      a = (a + UInt32(byte)) % 65_521
      b = (b + a) % 65_521
    }
    return result + word(Int(b << 16 | a))
  }

  /// CRC-32 of PNG.
  private static func checksum(_ bytes: [UInt8]) -> UInt32 {
    var crc: UInt32 = 0xFFFF_FFFF
    for byte in bytes {
      crc ^= UInt32(byte)
      for _ in 0..<8 { crc = crc & 1 == 1 ? (crc >> 1) ^ 0xEDB8_8320 : crc >> 1 }
    }
    return ~crc
  }
}
