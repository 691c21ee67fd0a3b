import Basics
import CTombola
import Foundation

/// A text for the caller, which frees it with `tombola_free_text`.
typealias OwnedText = UnsafeMutablePointer<CChar>
/// Where a caller wants one.
typealias TextPlace = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
/// Where a caller wants a handle.
typealias HandlePlace = UnsafeMutablePointer<OpaquePointer?>

/// Does the work of a function of the interface: what it throws becomes a code and a message.
func answering(_ error: TextPlace?, _ body: () throws -> Void) -> Int32 {
  error?.pointee = nil
  do {
    try body()
    return Int32(TOMBOLA_DONE.rawValue)
  } catch let problem as Problem {
    error?.pointee = owned(problem.description)
    return problem.kind.exitCode
  } catch let failure {
    error?.pointee = owned("\(failure)")
    return Int32(TOMBOLA_BAD_DATA.rawValue)
  }
}

func owned(_ text: String) -> OwnedText? { strdup(text) }

/// A value as the interface tells it.
func json(_ value: some Encodable) throws -> String {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
  return String(decoding: try encoder.text(value), as: UTF8.self)
}

/// JSON for the caller.
func owned(_ value: some Encodable) throws -> OwnedText? { owned(try json(value)) }

/// What a caller has to give, and where it wants its answer.
func given<Value>(_ value: Value?, _ name: String) throws -> Value {
  guard let value else { throw Problem.usage("\(name) is NULL.", remedy: "Give it.") }
  return value
}

func text(_ pointer: UnsafePointer<CChar>?, _ name: String) throws -> String {
  guard let text = String(validatingCString: try given(pointer, name)) else {
    throw Problem.usage("\(name) is no UTF-8.", remedy: "Give text in UTF-8.")
  }
  return text
}

/// A JSON object of options; an empty one for NULL.
func options<Value: Decodable>(_ type: Value.Type, _ pointer: UnsafePointer<CChar>?, _ name: String) throws -> Value {
  let json = try pointer.map { try text($0, name) } ?? "{}"
  do { return try JSONDecoder().decode(type, from: Data(json.utf8)) } catch {
    throw Problem.usage("\(name) cannot be read: \(error)", remedy: "Give a JSON object as tombola.h describes it.")
  }
}

/// What a handle stands for, kept alive by the caller until it frees it.
func handle(_ value: some AnyObject) -> OpaquePointer { OpaquePointer(Unmanaged.passRetained(value).toOpaque()) }

func object<Value: AnyObject>(_ handle: OpaquePointer?, _ type: Value.Type, _ name: String) throws -> Value {
  Unmanaged<Value>.fromOpaque(UnsafeRawPointer(try given(handle, name))).takeUnretainedValue()
}

func free<Value: AnyObject>(_ handle: OpaquePointer?, _ type: Value.Type) {
  guard let handle else { return }
  Unmanaged<Value>.fromOpaque(UnsafeRawPointer(handle)).release()
}

/// What `threads` may be, as for the command.
func checked(threads: Int?) throws -> Int {
  let threads = threads ?? ProcessInfo.processInfo.activeProcessorCount
  guard (1...1024).contains(threads) else {
    throw Problem.usage("threads=\(threads) is out of range.", remedy: "It must be from 1 to 1024.")
  }
  return threads
}

@_cdecl("tombola_interface_version") public func interfaceVersion() -> Int32 { 1 }

private let version = StaticVersion(text: strdup(Version.text))

/// It is `@unchecked Sendable` because nothing changes the text.
private struct StaticVersion: @unchecked Sendable { let text: UnsafeMutablePointer<CChar>? }

@_cdecl("tombola_version") public func versionText() -> UnsafePointer<CChar>? { UnsafePointer(version.text) }

@_cdecl("tombola_free_text") public func freeText(_ text: UnsafeMutablePointer<CChar>?) { Foundation.free(text) }
