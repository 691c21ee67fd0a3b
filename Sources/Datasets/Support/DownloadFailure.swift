/// Why a file did not come, in words.
package struct DownloadFailure: Error, Equatable { package var reason: String }
