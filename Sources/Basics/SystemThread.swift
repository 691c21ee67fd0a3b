import Foundation

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Threads that run, or an error. Foundation's start in silence where the system refuses one, and whoever waits for such a thread
/// waits for ever.
public enum SystemThread {
  public typealias Body = @Sendable () -> Void

  /// Runs the body on a thread of its own, for which nobody waits.
  ///
  /// - Parameter stackSize: In bytes.
  /// - Throws: `Problem.failed` if the system gives no thread.
  public static func start(stackSize: Int = 4 << 20, _ body: @escaping Body) throws {
    let attributes = UnsafeMutablePointer<pthread_attr_t>.allocate(capacity: 1)
    pthread_attr_init(attributes)
    defer {
      pthread_attr_destroy(attributes)
      attributes.deallocate()
    }
    pthread_attr_setstacksize(attributes, stackSize)
    pthread_attr_setdetachstate(attributes, Int32(PTHREAD_CREATE_DETACHED))
    let box = Unmanaged.passRetained(Box(body))
    #if canImport(Darwin)
      var thread: pthread_t?
      let code = pthread_create(
        &thread, attributes,
        { raw in
          Unmanaged<Box>.fromOpaque(raw).takeRetainedValue().body()
          return nil
        }, box.toOpaque())
    #else
      var thread = pthread_t()
      let code = pthread_create(
        &thread, attributes,
        { raw in
          Unmanaged<Box>.fromOpaque(raw!).takeRetainedValue().body()
          return nil
        }, box.toOpaque())
    #endif
    guard code != 0 else { return }
    box.release()
    throw Problem(
      .failed, "The system gives no further thread: \(String(cString: strerror(code))).",
      remedy:
        "Raise the limits on memory and processes (ulimit -v, ulimit -u), or use fewer --threads; the same command goes on where it stopped."
    )
  }

  /// Runs the body for each of `0..<count`, on threads of their own, and something else meanwhile; ends when all have ended.
  ///
  /// - Throws: `Problem.failed` if the system does not give all of them; then nothing has run.
  public static func together(
    _ count: Int, stackSize: Int, _ body: @escaping @Sendable (Int) -> Void, meanwhile: () -> Void = {}
  ) throws {
    let group = DispatchGroup(), gate = Gate()
    do {
      for number in 0..<count {
        group.enter()
        do {
          try start(stackSize: stackSize) {
            if gate.wait() { body(number) }
            group.leave()
          }
        } catch {
          group.leave()
          throw error
        }
      }
    } catch {
      gate.open(false)
      group.wait()
      throw error
    }
    gate.open(true)
    meanwhile()
    group.wait()
  }

  private final class Box {
    let body: Body
    init(_ body: @escaping Body) { self.body = body }
  }

  /// What threads wait for until it is known whether all are there.
  ///
  /// It is `@unchecked Sendable` because its state is behind its condition.
  private final class Gate: @unchecked Sendable {
    private let condition = NSCondition()
    private var isGoing: Bool?

    func open(_ isGoing: Bool) {
      condition.withLock { self.isGoing = isGoing }
      condition.broadcast()
    }

    func wait() -> Bool {
      condition.withLock {
        while true {
          if let isGoing { return isGoing }
          condition.wait()
        }
      }
    }
  }
}
