import Foundation

/// What those see who have not shown the token: a page that takes it from behind the address's `#`, which browsers never
/// send, or from a field, and shows it in a header.
enum SignInPage {
  /// Where the token is changed for a cookie.
  static let path = ["sign-in"]

  static func response(to request: HTTPRequest) -> HTTPResponse {
    guard request.headers["accept"]?.contains("text/html") == true else {
      return .text(401, "show the token that tombola serve printed, as 'Authorization: Bearer TOKEN'")
    }
    var response = HTTPResponse.page(
      markup,
      policy: """
        default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; connect-src 'self'; \
        form-action 'none'; base-uri 'none'
        """)
    response.status = 401
    return response
  }

  private static let markup = """
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Token · Tombola</title>
    <style>
    :root { color-scheme: light dark; }
    body { font: 1rem/1.5 system-ui, sans-serif; max-width: 32rem; margin: 10vh auto; padding: 0 1rem; }
    input, button { font: inherit; padding: .3rem .5rem; max-width: 100%; box-sizing: border-box; }
    </style>
    </head>
    <body>
    <main>
    <h1>Tombola</h1>
    <p id="say" role="status">Open the address that <code>tombola serve</code> printed, or give the token that it holds.</p>
    <form id="ask">
    <label for="token">Token</label>
    <input id="token" type="password" autocomplete="off" required>
    <button>Read</button>
    </form>
    </main>
    <script>
    "use strict";
    const enter = token => fetch("/sign-in", { headers: { Authorization: "Bearer " + token } }).then(answer => {
      if (answer.ok) location.reload();
      else document.getElementById("say").textContent = "That is not the token.";
    });
    document.getElementById("ask").addEventListener("submit", event => {
      event.preventDefault();
      enter(document.getElementById("token").value.replace(/[^A-Za-z0-9]/g, ""));
    });
    const brought = location.hash.match(/^#token=([A-Za-z0-9]+)$/);
    if (brought) {
      history.replaceState(null, "", location.pathname + location.search);
      enter(brought[1]);
    }
    </script>
    </body>
    </html>

    """
}
