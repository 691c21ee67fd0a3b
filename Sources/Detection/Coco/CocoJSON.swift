import Basics
import Foundation

/// Opens files in COCO's forms (https://cocodataset.org/#format-data, #format-results).
enum CocoJSON {
  /// - Parameter form: What the whole looks like, for those whose file does not.
  /// - Throws: `Problem.badData` where the whole cannot be read.
  static func decode<Value: Decodable>(
    _ type: Value.Type, data: Data, name: String, task: RecognitionTask, faults: inout FaultList, form: String
  ) throws -> Value {
    let decoder = JSONDecoder()
    decoder.userInfo[.task] = task
    do { return try decoder.decode(type, from: data) } catch DecodingError.dataCorrupted {
      // Python writes NaN and Infinity, which are no JSON; which entries have them is worth knowing.
      decoder.allowsJSON5 = true
      if let value = try? decoder.decode(type, from: data) {
        faults.add("The text", "is no JSON in all places (NaN, Infinity, or others that the standard forbids).")
        return value
      }
      throw Problem.badData(
        "\(name) is no JSON.", remedy: "This says where: python3 -m json.tool \(name) > /dev/null")
    } catch {
      throw Problem.badData("\(name) does not have the form \(form).", remedy: "See docs/detection.md.")
    }
  }
}
