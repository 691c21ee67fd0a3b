import Basics
import Foundation
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A small HTTP/1.1 server over the system's sockets, for a few people who read: a thread a connection, and as many
/// connections as there are places. Whoever is slow, sends too much or asks for something else is refused.
///
/// A server of a library's would add minutes to every build of the command for what stands in three files here.
final class HTTPServer: Sendable {
  typealias Handler = @Sendable (HTTPRequest) -> HTTPResponse

  static let mostConnections = 64
  /// Seconds within which a request must arrive, and a reader take what it is sent.
  static let patience = 10.0

  private let listener: Int32
  private let handler: Handler
  private let connections = Atomic<Int>(0)
  private let isStopped = Atomic<Bool>(false)

  /// The port that was given, or that the system chose for 0.
  let port: UInt16

  /// - Parameter address: Of the machine's: `127.0.0.1`, `::1`, `0.0.0.0`.
  /// - Throws: `Problem.usage` if the address cannot be used or the port is taken.
  init(address: String, port: UInt16, handler: @escaping Handler) throws {
    self.handler = handler
    (listener, self.port) = try Self.listen(address, port)
  }

  deinit { close(listener) }

  /// Serves until `stop`.
  func run() {
    while !isStopped.load(ordering: .relaxed) {
      var poll = pollfd(fd: listener, events: Int16(POLLIN), revents: 0)
      guard Foundation.poll(&poll, 1, 100) > 0 else { continue }
      let socket = accept(listener, nil, nil)
      guard socket >= 0 else {
        // Whoever waits is still there: without descriptors to spare this would spin.
        if [EMFILE, ENFILE, ENOMEM, ENOBUFS].contains(errno) { usleep(50_000) }
        continue
      }
      let count = connections.add(1, ordering: .relaxed).newValue
      do {
        try SystemThread.start { [self] in
          serve(socket, isFull: count > Self.mostConnections)
          close(socket)
          connections.subtract(1, ordering: .relaxed)
        }
      } catch {
        close(socket)
        connections.subtract(1, ordering: .relaxed)
      }
    }
  }

  var connectionCount: Int { connections.load(ordering: .relaxed) }

  func stop() { isStopped.store(true, ordering: .relaxed) }

  // MARK: a connection

  private func serve(_ socket: Int32, isFull: Bool) {
    Self.limit(socket)
    if isFull {
      send(.text(503, "too many readers at once; try again in a moment"), to: socket, keepsAlive: false, withBody: true)
      return
    }
    let localAddress = Self.localAddress(socket)
    var rest: [UInt8] = []
    for _ in 0..<1000 {
      guard !isStopped.load(ordering: .relaxed) else { return }
      do {
        guard let head = try Self.readHead(socket, &rest) else { return }
        var request = try HTTPRequest(head: head)
        request.localAddress = localAddress
        let response = handler(request)
        guard send(response, to: socket, keepsAlive: request.keepsAlive, withBody: request.method == .get),
          request.keepsAlive, response.stream == nil
        else { return }
      } catch let refusal as HTTPRequest.Refusal {
        send(.text(refusal.status, refusal.reason), to: socket, keepsAlive: false, withBody: true)
        Self.drain(socket)
        return
      } catch { return }
    }
  }

  /// Bytes up to the empty line; what follows stays in `rest`. `nil` when the other side is done.
  private static func readHead(_ socket: Int32, _ rest: inout [UInt8]) throws -> [UInt8]? {
    let start = Date()
    var buffer = [UInt8](repeating: 0, count: 4096)
    while true {
      if let end = endOfHead(rest) {
        guard end <= HTTPRequest.mostBytes else {
          throw HTTPRequest.Refusal(status: 431, reason: "the request is too large")
        }
        let head = Array(rest[..<end])
        rest.removeFirst(end + 4)
        return head
      }
      guard rest.count <= HTTPRequest.mostBytes else {
        throw HTTPRequest.Refusal(status: 431, reason: "the request is too large")
      }
      let count = recv(socket, &buffer, buffer.count, 0)
      if count > 0 { rest += buffer[..<count] }
      if count == 0 { return nil }
      if count < 0 && errno == EINTR { continue }
      let isLate = Date().timeIntervalSince(start) > patience
      if count < 0 || isLate {
        if rest.isEmpty { return nil }
        throw HTTPRequest.Refusal(status: 408, reason: "the request did not arrive in time")
      }
    }
  }

  private static func endOfHead(_ bytes: [UInt8]) -> Int? {
    guard bytes.count >= 4 else { return nil }
    return (0...bytes.count - 4).first {
      bytes[$0] == 13 && bytes[$0 + 1] == 10 && bytes[$0 + 2] == 13 && bytes[$0 + 3] == 10
    }
  }

  @discardableResult
  private func send(_ response: HTTPResponse, to socket: Int32, keepsAlive: Bool, withBody: Bool) -> Bool {
    var data = response.head(keepsAlive: keepsAlive)
    if withBody { data.append(response.body) }
    guard Self.write(data, to: socket) else { return false }
    if withBody, let stream = response.stream {
      stream(
        HTTPResponse.Listener(
          send: { !self.isStopped.load(ordering: .relaxed) && Self.write(Data($0.utf8), to: socket) },
          wait: { self.isOpen(socket, for: $0) }))
    }
    return true
  }

  /// Waits for so many seconds while the other side is there; what it sends meanwhile is of no interest.
  private func isOpen(_ socket: Int32, for seconds: Double) -> Bool {
    let clock = ContinuousClock(), end = clock.now + .seconds(seconds)
    var buffer = [UInt8](repeating: 0, count: 4096)
    while !isStopped.load(ordering: .relaxed) {
      let left = (end - clock.now) / .milliseconds(1)
      guard left > 0 else { return true }
      var poll = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
      guard Foundation.poll(&poll, 1, Int32(min(left, 100).rounded(.up))) > 0 else { continue }
      guard recv(socket, &buffer, buffer.count, 0) > 0 else { return false }
    }
    return false
  }

  /// Bytes a second that a reader takes at least; one that takes fewer is left.
  private static let slowest = 10_000.0

  private static func write(_ data: Data, to socket: Int32) -> Bool {
    let clock = ContinuousClock(), end = clock.now + .seconds(patience + Double(data.count) / slowest)
    return data.withUnsafeBytes { bytes in
      var start = 0
      while start < bytes.count {
        guard clock.now < end else { return false }
        #if canImport(Glibc)
          let count = Glibc.send(socket, bytes.baseAddress! + start, bytes.count - start, Int32(MSG_NOSIGNAL))
        #else
          let count = Darwin.send(socket, bytes.baseAddress! + start, bytes.count - start, 0)
        #endif
        if count < 0 && errno == EINTR { continue }
        guard count > 0 else { return false }
        start += count
      }
      return true
    }
  }

  /// Takes what the other side is still sending, so that it reads the refusal instead of a reset.
  private static func drain(_ socket: Int32) {
    shutdown(socket, Int32(SHUT_WR))
    var buffer = [UInt8](repeating: 0, count: 16_384), left = 1 << 20
    let start = Date()
    while left > 0, Date().timeIntervalSince(start) < 1 {
      let count = recv(socket, &buffer, buffer.count, 0)
      guard count > 0 else { return }
      left -= count
    }
  }

  // MARK: sockets

  private static func limit(_ socket: Int32) {
    var time = timeval(tv_sec: Int(patience), tv_usec: 0), one: Int32 = 1
    setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
    setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
    setsockopt(socket, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
  }

  private static func listen(_ address: String, _ port: UInt16) throws -> (Int32, UInt16) {
    var hints = addrinfo(), found: UnsafeMutablePointer<addrinfo>?
    hints.ai_flags = AI_PASSIVE | AI_NUMERICHOST
    #if canImport(Glibc)
      hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    #else
      hints.ai_socktype = SOCK_STREAM
    #endif
    guard getaddrinfo(address, "\(port)", &hints, &found) == 0, let info = found else {
      throw Problem.usage("'\(address)' is no address.", remedy: "Give one in numbers: --bind 127.0.0.1 or 0.0.0.0.")
    }
    defer { freeaddrinfo(found) }
    let socket = Foundation.socket(info.pointee.ai_family, info.pointee.ai_socktype, info.pointee.ai_protocol)
    var one: Int32 = 1
    setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &one, socklen_t(MemoryLayout<Int32>.size))
    guard socket >= 0, bind(socket, info.pointee.ai_addr, info.pointee.ai_addrlen) == 0,
      Foundation.listen(socket, 64) == 0
    else {
      let reason = String(cString: strerror(errno))
      close(socket)
      throw Problem.usage(
        "Nothing can listen on \(address) port \(port): \(reason).",
        remedy: "Choose another with --port, or stop the other.")
    }
    _ = fcntl(socket, F_SETFD, FD_CLOEXEC)
    return (socket, boundPort(socket))
  }

  private static func boundPort(_ socket: Int32) -> UInt16 { UInt16(ownName(socket).port) ?? 0 }

  /// In numbers; that of version 4 where one is mapped into version 6.
  private static func localAddress(_ socket: Int32) -> String {
    let address = ownName(socket).address
    return address.hasPrefix("::ffff:") ? String(address.dropFirst(7)) : address
  }

  /// Address and port of this side, in numbers.
  private static func ownName(_ socket: Int32) -> (address: String, port: String) {
    var storage = sockaddr_storage(), length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    var address = [CChar](repeating: 0, count: 128), port = address
    withUnsafeMutablePointer(to: &storage) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        _ = getsockname(socket, $0, &length)
        _ = getnameinfo(
          $0, length, &address, socklen_t(address.count), &port, socklen_t(port.count), NI_NUMERICHOST | NI_NUMERICSERV)
      }
    }
    let texts = [address, port].map { text in
      String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
    return (texts[0], texts[1])
  }
}
