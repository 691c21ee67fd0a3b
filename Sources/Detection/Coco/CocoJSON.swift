import Basics
import Foundation

/// Opens files in COCO's forms (https://cocodataset.org/#format-data, #format-results).
///
/// Foundation's reader of JSON5, which takes NaN as well, ends the process at some bytes; its strict reader does not.
enum CocoJSON {
  /// - Parameter form: What the whole looks like, for those whose file does not.
  /// - Throws: `Problem.badData` where the whole cannot be read.
  static func decode<Value: Decodable>(
    _ type: Value.Type, data: Data, name: String, tasks: Set<RecognitionTask>, form: String
  ) throws -> Value {
    let decoder = JSONDecoder()
    decoder.userInfo[.tasks] = tasks
    do {
      do { return try decoder.decode(type, from: data) } catch DecodingError.dataCorrupted {
        return try decoder.decode(type, from: quotingNonNumbers(data))
      }
    } catch DecodingError.dataCorrupted {
      throw Problem.badData("\(name) is no JSON.", remedy: "This says where: python3 -m json.tool \(name) > /dev/null")
    } catch {
      throw Problem.badData("\(name) does not have the form \(form).", remedy: "See docs/detection.md.")
    }
  }

  /// The text with NaN and Infinity, which Python writes though they are no JSON, as strings: the entries that have them are
  /// worth naming.
  static func quotingNonNumbers(_ data: Data) -> Data {
    let words = ["NaN", "-Infinity", "Infinity"].map { Array($0.utf8) }, quote = UInt8(ascii: "\"")
    var result = Data(), isString = false, isEscaped = false, i = data.startIndex
    result.reserveCapacity(data.count)
    while i < data.endIndex {
      let byte = data[i]
      if !isString, let word = words.first(where: { $0[0] == byte && data[i...].starts(with: $0) }) {
        result += [quote] + word + [quote]
        i += word.count
        continue
      }
      if byte == quote && !isEscaped { isString.toggle() }
      isEscaped = byte == UInt8(ascii: "\\") && !isEscaped
      result.append(byte)
      i += 1
    }
    return result
  }
}
