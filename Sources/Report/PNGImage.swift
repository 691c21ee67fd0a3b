import Foundation

/// A picture as a PNG file in a `data:` address, without compression: small pictures for pages that load nothing.
package struct PNGImage: Equatable, Sendable {
  package let width: Int
  package let height: Int
  /// Row by row, red, green and blue of each pixel.
  package var pixels: [UInt8]

  /// - Precondition: Three bytes a pixel.
  package init(width: Int, height: Int, pixels: [UInt8]) {
    precondition(pixels.count == 3 * width * height, "\(pixels.count) bytes for \(width) x \(height) pixels")
    self.width = width
    self.height = height
    self.pixels = pixels
  }

  package var address: String { "data:image/png;base64," + file.base64EncodedString() }

  package var file: Data {
    let rows = (0..<height).flatMap { [0] + pixels[$0 * 3 * width..<($0 + 1) * 3 * width] }
    var data = Data([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A])
    // Eight bits, red green blue, no interlacing.
    data += Self.chunk("IHDR", Self.word(width) + Self.word(height) + [8, 2, 0, 0, 0])
    data += Self.chunk("IDAT", Self.stored(rows))
    data += Self.chunk("IEND", [])
    return data
  }

  private static func word(_ value: Int) -> [UInt8] {
    (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) }
  }

  private static func chunk(_ kind: String, _ content: [UInt8]) -> Data {
    let body = Array(kind.utf8) + content
    return Data(word(content.count) + body + word(Int(checksum(body))))
  }

  /// A zlib stream of stored blocks.
  private static func stored(_ bytes: [UInt8]) -> [UInt8] {
    var result: [UInt8] = [0x78, 0x01], start = 0, a: UInt32 = 1, b: UInt32 = 0
    repeat {
      let end = min(start + 65_535, bytes.count), count = end - start
      result += [
        end == bytes.count ? 1 : 0, UInt8(count & 255), UInt8(count >> 8), UInt8(~count & 255),
        UInt8(~count >> 8 & 255),
      ]
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
    ~bytes.reduce(0xFFFF_FFFF as UInt32) { crc, byte in
      (0..<8).reduce(crc ^ UInt32(byte)) { value, _ in value & 1 == 1 ? value >> 1 ^ 0xEDB8_8320 : value >> 1 }
    }
  }
}
