import Basics
import CTombola
import Exports
import Foundation
import Networks
import Tickets

/// A ticket that a caller may give other weights.
///
/// It is `@unchecked Sendable` because a handle that is changed belongs to one thread, as `tombola.h` says.
final class HeldTicket: @unchecked Sendable {
  var ticket: Ticket
  init(_ ticket: Ticket) { self.ticket = ticket }

  func entry(_ name: String) throws -> ParameterLayout.Entry {
    let entries = ticket.mask.layout.entries
    guard let entry = entries.first(where: { $0.stateDictName == name }) else {
      throw Problem.usage(
        "The ticket has no tensor '\(name)'.",
        remedy: Suggestion.sentence(for: name, among: entries.map(\.stateDictName)))
    }
    return entry
  }
}

private enum Tensor {
  case start, trained, mask

  init(_ number: Int32) throws {
    switch UInt32(bitPattern: number) {
    case TOMBOLA_START.rawValue: self = .start
    case TOMBOLA_TRAINED.rawValue: self = .trained
    case TOMBOLA_MASK.rawValue: self = .mask
    default: throw Problem.usage("There is no tensor of kind \(number).", remedy: "Give one of tombola_tensor.")
    }
  }
}

@_cdecl("tombola_ticket_open")
public func ticketOpen(
  _ path: UnsafePointer<CChar>?, _ ticket: UnsafeMutablePointer<OpaquePointer?>?,
  _ error: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> Int32 {
  answering(error) {
    let place = try given(ticket, "ticket")
    place.pointee = nil
    place.pointee = handle(HeldTicket(try Ticket(contentsOf: URL(fileURLWithPath: text(path, "path")))))
  }
}

private struct TicketDescription: Encodable {
  struct Tensor: Encodable {
    var name: String
    var shape: [Int]
    var prunable: Bool
  }

  var digest, network: String
  var seed: UInt64
  var round, startStep, outputs, remaining: Int
  var density: Double
  var hasTrained: Bool
  var settings: [String: String]
  var metrics: [String: Double]
  var input: [Int]
  var tensors: [Tensor]

  init(_ ticket: Ticket) {
    let network = ticket.architecture
    (digest, self.network, seed, round, startStep) = (
      ticket.digest, network.name, ticket.seed, ticket.round, ticket.startStep
    )
    (density, remaining, hasTrained) = (ticket.mask.density, ticket.mask.remaining, ticket.trained != nil)
    (settings, metrics) = (ticket.settings, ticket.metrics)
    input = [network.input.channels, network.input.height, network.input.width]
    outputs = network.output.count
    tensors = ticket.mask.layout.entries.map {
      Tensor(name: $0.stateDictName, shape: $0.shape.dimensions, prunable: $0.isPrunable)
    }
  }
}

@_cdecl("tombola_ticket_describe")
public func ticketDescribe(
  _ ticket: OpaquePointer?, _ json: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?,
  _ error: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> Int32 {
  answering(error) {
    let held = try object(ticket, HeldTicket.self, "ticket")
    try given(json, "json").pointee = try owned(TicketDescription(held.ticket))
  }
}

@_cdecl("tombola_ticket_copy")
public func ticketCopy(
  _ ticket: OpaquePointer?, _ name: UnsafePointer<CChar>?, _ tensor: Int32, _ values: UnsafeMutableRawPointer?,
  _ count: Int64, _ error: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> Int32 {
  answering(error) {
    let held = try object(ticket, HeldTicket.self, "ticket"), tensor = try Tensor(tensor)
    let entry = try entry(held, name, count), target = try given(values, "values"), ticket = held.ticket
    if tensor == .mask {
      let bytes = target.assumingMemoryBound(to: UInt8.self)
      for (i, place) in entry.range.enumerated() { bytes[i] = ticket.mask.keeps[place] ? 1 : 0 }
      return
    }
    let parameters = try ticket.parameters(tensor == .start ? .start : .trained)
    parameters.values[entry.range].withUnsafeBytes {
      target.copyMemory(from: $0.baseAddress!, byteCount: $0.count)
    }
  }
}

private func entry(_ held: HeldTicket, _ name: UnsafePointer<CChar>?, _ count: Int64) throws -> ParameterLayout.Entry {
  let name = try text(name, "name"), entry = try held.entry(name)
  guard entry.count == count else {
    throw Problem.usage(
      "\(name) has \(entry.count) values \(entry.shape.dimensions), not \(count).", remedy: "Give as many.")
  }
  return entry
}

@_cdecl("tombola_ticket_set")
public func ticketSet(
  _ ticket: OpaquePointer?, _ name: UnsafePointer<CChar>?, _ tensor: Int32, _ values: UnsafeRawPointer?, _ count: Int64,
  _ error: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> Int32 {
  answering(error) {
    let held = try object(ticket, HeldTicket.self, "ticket"), tensor = try Tensor(tensor)
    let entry = try entry(held, name, count), source = try given(values, "values")
    switch tensor {
    case .mask:
      let bytes = UnsafeBufferPointer(start: source.assumingMemoryBound(to: UInt8.self), count: entry.count)
      guard bytes.allSatisfy({ $0 <= 1 }) else {
        throw Problem.badData(
          "The mask of \(entry.stateDictName) holds other numbers than 0 and 1.", remedy: "Give 0 and 1.")
      }
      guard entry.isPrunable || bytes.allSatisfy({ $0 == 1 }) else {
        throw Problem.badData("\(entry.stateDictName) cannot be pruned.", remedy: "Prune weights alone.")
      }
      for (place, byte) in zip(entry.range, bytes) { held.ticket.mask.keeps[place] = byte == 1 }
    case .start, .trained:
      let floats = UnsafeBufferPointer(start: source.assumingMemoryBound(to: Float.self), count: entry.count)
      guard floats.allSatisfy(\.isFinite) else {
        throw Problem.badData(
          "\(entry.stateDictName) holds numbers that are not finite.", remedy: "Give finite numbers.")
      }
      if tensor == .start {
        held.ticket.start.values.replaceSubrange(entry.range, with: floats)
      } else {
        if held.ticket.trained == nil { held.ticket.trained = held.ticket.start }
        held.ticket.trained!.values.replaceSubrange(entry.range, with: floats)
      }
    }
    (held.ticket.metrics, held.ticket.classAccuracies) = ([:], [:])
  }
}

@_cdecl("tombola_ticket_write")
public func ticketWrite(
  _ ticket: OpaquePointer?, _ path: UnsafePointer<CChar>?, _ error: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> Int32 {
  answering(error) {
    let ticket = try object(ticket, HeldTicket.self, "ticket").ticket
    // Under the mask as it is now.
    let masked = Ticket(
      architecture: ticket.architecture, mask: ticket.mask, start: ticket.start, startStep: ticket.startStep,
      trained: ticket.trained, seed: ticket.seed, round: ticket.round, settings: ticket.settings,
      metrics: ticket.metrics)
    try masked.file().write(to: URL(fileURLWithPath: text(path, "path")))
  }
}

@_cdecl("tombola_free_ticket") public func freeTicket(_ ticket: OpaquePointer?) { free(ticket, HeldTicket.self) }
