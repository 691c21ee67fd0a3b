import Basics
public import CTombola
import Datasets
import Exports
import Tickets

private struct PredictorOptions: Decodable {
  var weights: String?
  var normalised: Bool?
  var batch: Int?
  var threads: Int?
  var dataFolder: String?
}

@_cdecl("tombola_predictor_make")
public func predictorMake(
  _ ticket: OpaquePointer?, _ options: UnsafePointer<CChar>?, _ predictor: UnsafeMutablePointer<OpaquePointer?>?,
  _ error: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> Int32 {
  answering(error) {
    let place = try given(predictor, "predictor")
    place.pointee = nil
    let ticket = try object(ticket, HeldTicket.self, "ticket").ticket
    let asked = try TombolaC.options(PredictorOptions.self, options, "options")
    let word = asked.weights ?? ExportedWeights.trained.rawValue, batch = asked.batch ?? 64
    guard let weights = ExportedWeights(setting: word) else {
      throw Problem.usage("weights=\(word) cannot be read.", remedy: "Give \(ExportedWeights.settingForm).")
    }
    guard (1...65_536).contains(batch) else {
      throw Problem.usage("batch=\(batch) is out of range.", remedy: "It must be from 1 to 65536.")
    }
    place.pointee = handle(
      try Predictor(
        ticket, weights, isNormalised: asked.normalised ?? false, batch: batch,
        threads: checked(threads: asked.threads),
        locator: DataLocator(dataFolder: asked.dataFolder)))
  }
}

private struct PredictorDescription: Encodable {
  var input: [Int]
  var type: String
  var normalised: Bool
  var outputs, classes: Int
}

@_cdecl("tombola_predictor_describe")
public func predictorDescribe(
  _ predictor: OpaquePointer?, _ json: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?,
  _ error: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> Int32 {
  answering(error) {
    let own = try object(predictor, Predictor.self, "predictor"), shape = own.inputShape
    try given(json, "json").pointee = try owned(
      PredictorDescription(
        input: [shape.channels, shape.height, shape.width],
        type: own.input == .stored(isBytes: true) ? "uint8" : "float32", normalised: own.input == .normalised,
        outputs: own.outputCount, classes: own.classCount))
  }
}

@_cdecl("tombola_predict")
public func predict(
  _ predictor: OpaquePointer?, _ x: UnsafePointer<tombola_array>?, _ probabilities: UnsafeMutablePointer<Float>?,
  _ outputs: UnsafeMutablePointer<Float>?, _ error: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> Int32 {
  answering(error) {
    try object(predictor, Predictor.self, "predictor").predict(
      samples(x, "x"), probabilities: probabilities, outputs: outputs)
  }
}

@_cdecl("tombola_free_predictor")
public func freePredictor(_ predictor: OpaquePointer?) { free(predictor, Predictor.self) }
