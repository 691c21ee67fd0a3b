import Basics
import Datasets
import Foundation
import Testing

/// The committed images, with what Pillow makes of them.
enum GoldenImages {
  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("Golden/images")

  struct Facts: Decodable {
    struct File: Decodable {
      var channels: Int
      /// Pixels by size, channel by channel.
      var sizes: [String: Data]
    }
    var files: [String: File]
  }

  static let facts = try! JSONDecoder().decode(
    Facts.self, from: Data(contentsOf: folder.appendingPathComponent("expected.json")))
  static let names = facts.files.keys.sorted()

  /// At the size 17.
  static func pixels(_ name: String) throws -> [UInt8] { [UInt8](try #require(facts.files[name]?.sizes["17"])) }
  static func path(_ name: String) -> String { folder.appendingPathComponent(name).path }
  static func bytes(_ name: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: folder.appendingPathComponent(name)))
  }
}

/// Decodes and resizes a file.
private func decode(_ path: String, size: Int) throws -> (channels: Int, pixels: [UInt8], losses: UInt32) {
  var pixels = [UInt8](repeating: 0, count: 3 * size * size)
  let image = try pixels.withUnsafeMutableBufferPointer {
    try ImageFile.read(path, size: size, into: $0.baseAddress!)
  }
  return (image.channels, Array(pixels.prefix(image.channels * size * size)), image.losses)
}

@Suite struct ImageFileTests {
  /// PNG, WebP and TIFF files give Pillow's bits. So do JPEG files with libjpeg-turbo; other libraries may round differently,
  /// as libtiff does where it converts inks.
  @Test(arguments: GoldenImages.names)
  func agreesWithPillow(_ name: String) throws {
    let expected = try #require(GoldenImages.facts.files[name])
    #expect(expected.sizes.count == 2)
    for (size, wanted) in expected.sizes {
      let found = try decode(GoldenImages.path(name), size: Int(size)!)
      #expect(found.channels == expected.channels && found.pixels.count == wanted.count)
      let largest = zip(found.pixels, wanted).map { abs(Int($0) - Int($1)) }.max() ?? 256
      #expect(largest <= (name.hasSuffix(".jpg") ? 2 : name == "cmyk.tiff" ? 1 : 0), "size \(size)")
    }
  }

  private func reason(_ bytes: [UInt8]) throws -> String {
    let scratch = try Scratch(), path = try scratch.write("file", bytes)
    return #expect(throws: ImageFile.Fault.self) { try decode(path, size: 8) }?.reason ?? ""
  }

  @Test func saysWhatIsWrong() throws {
    #expect(try reason([]) == "is empty")
    #expect(try reason(Array("hello, world".utf8)) == "is neither JPEG, PNG, WebP nor TIFF")
    #expect(try reason(Array("GIF89a".utf8)) == "is a GIF, which is not read")
    #expect(try reason(Array("BM6000".utf8)) == "is a BMP, which is not read")
    #expect(try reason([0, 0, 0, 24] + Array("ftypheic".utf8)) == "is a HEIC, which is not read")
    #expect(try reason(Array("RIFF0000WEBPVP8 ".utf8)) == "is a damaged or unsupported WebP")
    #expect(try reason([0x49, 0x49, 42, 0, 8, 0, 0, 0]).hasPrefix("is a damaged or unsupported TIFF ("))
    #expect(try reason([0xFF, 0xD8, 0xFF]).hasPrefix("is a damaged or unsupported JPEG ("))
    #expect(try reason(Array(GoldenImages.bytes("rgb.png").prefix(8))).contains("PNG (it ends too soon)"))
    #expect(
      #expect(throws: ImageFile.Fault.self) { try decode("/nowhere/x.png", size: 8) }?.reason == "cannot be read")
    var patched = try GoldenImages.bytes("rgb.png")
    patched[try #require(patched.firstRange(of: Array("IDAT".utf8))).upperBound + 50] ^= 1
    #expect(try reason(patched).contains("damaged or unsupported PNG"))
  }

  /// A file that stops anywhere is refused: nothing is filled up with grey.
  @Test(arguments: GoldenImages.names)
  func refusesTheBeginningOfAFile(_ name: String) throws {
    let bytes = try GoldenImages.bytes(name)
    // The last four bytes of some TIFF files say that no page follows.
    let last = bytes.count - (name.hasSuffix(".tiff") ? 5 : 2)
    for length in Array(stride(from: 1, to: last, by: max(1, bytes.count / 60))) + [last] {
      #expect(try !reason(Array(bytes.prefix(length))).isEmpty, "\(length) of \(bytes.count) bytes")
    }
  }

  @Test func tellsWhatPixelsDoNotShow() throws {
    let alpha: UInt32 = 1, sixteen: UInt32 = 2, inks: UInt32 = 4, turned: UInt32 = 8
    for (name, losses) in [
      ("rgb.png", 0), ("rgba.png", alpha), ("rgb-transparent.png", alpha), ("palette-4.png", alpha),
      ("palette-8.png", 0),
      ("rgba-16-interlaced.png", alpha + sixteen), ("cmyk-adobe.jpg", inks), ("ycck.jpg", inks), ("turned.jpg", turned),
      ("alpha.webp", alpha), ("lossy.webp", turned), ("lossless.webp", 0), ("rgba.tiff", alpha),
      ("grey-16.tiff", sixteen),
      ("cmyk.tiff", inks), ("plain.tiff", 0),
    ] { #expect(try decode(GoldenImages.path(name), size: 3).losses == losses, "\(name)") }
  }

  /// Headers that promise more pixels than allowed are refused before memory is taken for them.
  @Test func refusesEnormousImages() throws {
    var png = try GoldenImages.bytes("rgb.png")
    png.replaceSubrange(16..<24, with: [0, 0, 0x40, 0, 0, 0, 0x20, 0])
    png.replaceSubrange(29..<33, with: IDX.bigEndian(Zip.checksum(png[12..<29])))
    #expect(try reason(png) == "has 16384 x 8192 pixels, more than 67108864")
    var jpeg = try GoldenImages.bytes("grey.jpg")
    let frame = try #require(jpeg.firstRange(of: [0xFF, 0xC0])).lowerBound
    jpeg.replaceSubrange(frame + 5..<frame + 9, with: [0xFF, 0, 0xFF, 0])
    #expect(try reason(jpeg) == "has 65280 x 65280 pixels, more than 67108864")
  }

  /// A progressive file may repeat a scan without end; that of the last bits of all means can be repeated anywhere.
  @Test func refusesEndlessScans() throws {
    let jpeg = try GoldenImages.bytes("progressive.jpg")
    let starts = jpeg.indices.dropLast(16).filter { i in
      jpeg[i] == 0xFF && jpeg[i + 1] == 0xDA && jpeg[i + 4] == 3 && Array(jpeg[i + 11..<i + 14]) == [0, 0, 0x10]
    }
    let start = try #require(starts.first)
    let end = try #require((start + 14..<jpeg.count).first { jpeg[$0] == 0xFF && jpeg[$0 + 1] != 0 })
    func repeated(_ count: Int) -> [UInt8] {
      jpeg.dropLast(2) + Array(repeating: jpeg[start..<end], count: count).joined() + [0xFF, 0xD9]
    }
    let scratch = try Scratch(), path = try scratch.write("file", repeated(100))
    #expect(try decode(path, size: 4).channels == 3)
    #expect(try reason(repeated(600)) == "is a JPEG of more than 500 scans")
  }
}
