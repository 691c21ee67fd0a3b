import Basics
import CImages
import Foundation

/// Reads one JPEG, PNG, WebP or TIFF file.
package enum ImageFile {
  /// More pixels than this are refused before they are decoded: they would take 200 MB a thread.
  package static let mostPixels = 1 << 26
  static let mostBytes = 1 << 29

  /// Why a file cannot be used, as the rest of a sentence that starts with its name.
  package struct Fault: Error, Equatable {
    package var reason: String
  }

  /// Decodes the file, resizes it and writes it channel by channel: [3][size][size], or [1][size][size] if it is grey.
  /// - Returns: How many channels were written, and the sum of what the pixels do not show, see `losses`.
  package static func read(_ path: String, size: Int, into target: UnsafeMutablePointer<UInt8>) throws -> (
    channels: Int, losses: UInt32
  ) {
    let data = try contents(path)
    var image = cimages_image(), reason = [CChar](repeating: 0, count: Int(cimagesReasonSize))
    let isDecoded = data.withUnsafeBytes { bytes in
      cimages_decode(
        bytes.bindMemory(to: UInt8.self).baseAddress, bytes.count, Int64(mostPixels), &image, &reason)
    }
    defer { cimages_free(&image) }
    guard isDecoded else {
      throw Fault(reason: String(decoding: reason.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self))
    }
    let channels = Int(image.channels), width = Int(image.width), height = Int(image.height)
    let resized = BilinearResize.resized(
      UnsafeBufferPointer(start: image.pixels, count: width * height * channels), width: width, height: height,
      channels: channels, newWidth: size, newHeight: size)
    for channel in 0..<channels {
      for i in 0..<size * size { target[channel * size * size + i] = resized[i * channels + channel] }
    }
    return (channels, image.losses)
  }

  static let losses: [(UInt32, String)] = [
    (UInt32(cimagesAlpha), "transparency is dropped"), (UInt32(cimagesSixteenBits), "16 bits are rounded to 8"),
    (UInt32(cimagesInks), "CMYK becomes RGB without a profile"),
    (UInt32(cimagesTurned), "tags that ask to turn the image are not followed"),
  ]

  private static func contents(_ path: String) throws -> Data {
    do {
      let url = URL(fileURLWithPath: path)
      if let size = try url.resourceValues(forKeys: [.fileSizeKey]).fileSize, size > mostBytes {
        throw Fault(reason: "is \(grouped(size)) bytes, more than \(grouped(mostBytes))")
      }
      return try Data(contentsOf: url)
    } catch let fault as Fault {
      throw fault
    } catch {
      throw Fault(reason: "cannot be read")
    }
  }
}
