import Basics
import CImages
package import Foundation

/// Reads one JPEG, PNG, WebP or TIFF file.
package enum ImageFile {
  /// More pixels than this are refused before they are decoded: they would take 200 MB a thread.
  package static let mostPixels = 1 << 26
  static let mostBytes = 1 << 29

  /// Why a file cannot be used, as the rest of a sentence that starts with its name.
  package struct Fault: Error, Equatable {
    package var reason: String
  }

  /// An image at its own size.
  package struct Decoded {
    package var width, height, channels: Int
    /// [height][width][channels].
    package var pixels: [UInt8]
    /// The sum of what the pixels do not show, see `losses`.
    package var losses: UInt32

    /// - Returns: [height][width][channels] of another size.
    package func resized(width newWidth: Int, height newHeight: Int) -> [UInt8] {
      pixels.withUnsafeBufferPointer {
        BilinearResize.resized(
          $0, width: width, height: height, channels: channels, newWidth: newWidth, newHeight: newHeight)
      }
    }
  }

  package static func decoded(_ path: String) throws -> Decoded {
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
    let pixels = UnsafeBufferPointer(start: image.pixels, count: width * height * channels)
    return Decoded(width: width, height: height, channels: channels, pixels: Array(pixels), losses: image.losses)
  }

  /// Decodes the file, resizes it and writes it channel by channel: [3][size][size], or [1][size][size] if it is grey.
  /// - Returns: How many channels were written, and the sum of what the pixels do not show, see `losses`.
  package static func read(_ path: String, size: Int, into target: UnsafeMutablePointer<UInt8>) throws -> (
    channels: Int, losses: UInt32
  ) {
    let image = try decoded(path), resized = image.resized(width: size, height: size)
    for channel in 0..<image.channels {
      for i in 0..<size * size { target[channel * size * size + i] = resized[i * image.channels + channel] }
    }
    return (image.channels, image.losses)
  }

  /// A PNG file of an image: grey, or red, green and blue.
  ///
  /// - Parameter pixels: [height][width][channels], channels being 1 or 3.
  package static func png(_ pixels: [UInt8], width: Int, height: Int, channels: Int) throws -> Data {
    precondition(pixels.count == width * height * channels && [1, 3].contains(channels))
    var bytes: UnsafeMutablePointer<UInt8>?, count = 0, reason = [CChar](repeating: 0, count: Int(cimagesReasonSize))
    guard cimages_encode_png(pixels, Int32(width), Int32(height), Int32(channels), &bytes, &count, &reason) else {
      throw Problem.cannotWrite(
        "An image of \(width) x \(height) pixels cannot be made a PNG file.", remedy: "Free some memory and try again.")
    }
    defer { free(bytes) }
    return Data(UnsafeBufferPointer(start: bytes, count: count))
  }

  /// What the losses of some images say, with how many images it was.
  package static func notes(losses all: [UInt32]) -> [String] {
    losses.compactMap { loss, what in
      let count = all.count { $0 & loss != 0 }
      return count == 0 ? nil : "\(what) (\(count == 1 ? "a file" : "\(grouped(count)) files"))"
    }
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
