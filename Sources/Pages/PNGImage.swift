import CImages
public import Foundation

/// A picture as a PNG file in a `data:` address: small pictures for pages that load nothing.
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

  /// - Precondition: There is at least one pixel.
  public var file: Data {
    var bytes: UnsafeMutablePointer<UInt8>?, count = 0, reason = [CChar](repeating: 0, count: Int(cimagesReasonSize))
    let isEncoded = cimages_encode_png(pixels, Int32(width), Int32(height), 3, &bytes, &count, &reason)
    precondition(isEncoded, "\(width) x \(height) pixels \(reason.prefix { $0 != 0 })")
    defer { free(bytes) }
    return Data(UnsafeBufferPointer(start: bytes, count: count))
  }
}
