#if !TOMBOLA_STATIC
  import Foundation
  import Synchronization

  #if canImport(FoundationNetworking)
    import FoundationNetworking
  #endif

  /// One download into memory, with a limit on its size.
  final class Download: NSObject, URLSessionDataDelegate, Sendable {
    private struct State {
      var data = Data()
      var failure: String?
      var continuation: CheckedContinuation<Data, any Error>?
    }

    private let limit: Int
    private let state = Mutex(State())

    private init(limit: Int) { self.limit = limit }

    /// - Throws: `DownloadFailure` with the reason in words.
    static func data(from url: URL, limit: Int) async throws -> Data {
      let download = Download(limit: limit)
      let configuration = URLSessionConfiguration.ephemeral
      configuration.timeoutIntervalForRequest = 30
      let session = URLSession(configuration: configuration, delegate: download, delegateQueue: nil)
      defer { session.finishTasksAndInvalidate() }
      return try await withCheckedThrowingContinuation { continuation in
        download.state.withLock { $0.continuation = continuation }
        session.dataTask(with: url).resume()
      }
    }

    func urlSession(
      _ session: URLSession, dataTask: URLSessionDataTask, didReceive response: URLResponse,
      completionHandler: @escaping @Sendable (URLSession.ResponseDisposition) -> Void
    ) {
      let status = (response as? HTTPURLResponse)?.statusCode ?? 200
      if status != 200 { state.withLock { $0.failure = "the server answers \(status)" } }
      completionHandler(status == 200 ? .allow : .cancel)
    }

    func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
      let isTooLong = state.withLock { state in
        state.data.append(data)
        if state.data.count > limit { state.failure = "it is longer than the \(grouped(limit)) bytes allowed" }
        return state.failure != nil
      }
      if isTooLong { dataTask.cancel() }
    }

    func urlSession(_ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?) {
      let (continuation, result) = state.withLock { state in
        defer { state = State() }
        let reason = state.failure ?? error?.localizedDescription
        return (
          state.continuation,
          reason.map { .failure(DownloadFailure(reason: $0)) } ?? Result<Data, any Error>.success(state.data)
        )
      }
      continuation?.resume(with: result)
    }
  }
#endif
