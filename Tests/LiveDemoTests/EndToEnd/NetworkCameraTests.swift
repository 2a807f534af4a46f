import Foundation
import TestSupport
import Testing

/// A camera that sends MJPEG over HTTP, as a server of the test's own plays it.
@Suite(.serialized) struct NetworkCameraTests {
  /// Serves at `sys.argv[1]`: /cam for ever, /file a picture that ends, /login only with a password.
  /// With "once" as the third argument, each connection ends after ten pictures.
  private static let server = """
    import http.server, sys, time
    picture = open(sys.argv[2], "rb").read()

    class Camera(http.server.BaseHTTPRequestHandler):
        def log_message(self, *words): pass
        def do_GET(self):
            if self.path == "/login" and "Authorization" not in self.headers:
                self.send_response(401)
                self.send_header("WWW-Authenticate", 'Basic realm="camera"')
                self.end_headers()
                return
            if self.path not in ("/cam?pwd=geheim", "/login"):
                return self.send_error(404)
            self.send_response(200)
            self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=next")
            self.end_headers()
            left = 10 if sys.argv[3] == "once" else -1
            while left != 0:
                self.wfile.write(b"--next\\r\\nContent-Type: image/jpeg\\r\\nContent-Length: "
                                 + str(len(picture)).encode() + b"\\r\\n\\r\\n" + picture + b"\\r\\n")
                left -= 1
                time.sleep(0.05)

    server = http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Camera)
    print(server.server_port, flush=True)
    server.serve_forever()
    """

  private static func start(
    _ folder: ScratchFolder, _ kind: String
  ) throws -> (server: Tool, port: Int) {
    let script = folder.file("camera.py")
    try server.write(toFile: script, atomically: true, encoding: .utf8)
    let port = Tool.freePort()
    let tool = try Tool(
      try #require(Python.path(having: "http.server")),
      [script, "\(port)", folder.file("face.jpg"), kind])
    #expect(tool.wait(seconds: 20) { !$0.isEmpty })
    return (tool, port)
  }

  private static let canRun =
    Python.path(having: "http.server") != nil && Tool.path("ffmpeg") != nil

  private func folder() throws -> ScratchFolder {
    let folder = ScratchFolder()
    let made = try Program(
      ["-v", "error", "-i", Program.sample, "-frames:v", "1", folder.file("face.jpg")],
      executable: try #require(Tool.path("ffmpeg"))
    ).finish()
    #expect(made.exitCode == 0)
    return folder
  }

  private func watch(_ url: String, _ folder: ScratchFolder, _ more: [String] = []) throws
    -> Program.Outcome
  {
    try Program.run(
      [
        "--no-ui", "--members", "1", "--json", folder.file("r.jsonl"), "--force", "--input", url,
      ] + more)
  }

  @Test(.enabled(if: canRun, "needs Python and ffmpeg"))
  func aConnectionThatEndsIsMadeAgain() throws {
    let folder = try folder()
    let (server, port) = try Self.start(folder, "once")
    defer { server.kill() }
    let result = try watch(
      "http://anna:geheim@127.0.0.1:\(port)/cam?pwd=geheim", folder, ["--frames", "14"])
    #expect(result.exitCode == 0, "\(result.errors)")
    let records = try String(contentsOfFile: folder.file("r.jsonl"), encoding: .utf8)
    #expect(records.split(separator: "\n").count == 14 && records.contains("\"utc\":"))
    let description = try String(contentsOfFile: folder.file("r.meta.json"), encoding: .utf8)
    #expect(description.contains("http://127.0.0.1:\(port)/cam?…"))
    for text in [records, description, result.errors] {
      #expect(!text.contains("geheim") && !text.contains("anna"))
    }
  }

  @Test(.enabled(if: canRun, "needs Python and ffmpeg"))
  func faultsHaveTheWordsAndCodesOfCameras() throws {
    let folder = try folder()
    let (server, port) = try Self.start(folder, "forever")
    defer { server.kill() }
    for (path, words) in [("login", "user name and password"), ("other", "no stream of this name")]
    {
      let result = try watch("http://127.0.0.1:\(port)/\(path)", folder)
      #expect(result.exitCode == 3 && result.errors.contains(words), "\(result.errors)")
    }
    #expect(
      try watch("http://a:b@127.0.0.1:\(port)/login", folder, ["--frames", "3"]).exitCode == 0)
    server.kill()
    let result = try watch("http://127.0.0.1:\(port)/cam?pwd=geheim", folder)
    #expect(result.exitCode == 3 && result.errors.contains("Connection refused"))
  }

  /// Time goes on, faces get new numbers, and records name the file.
  @Test func filesArePlayedInARow() throws {
    let folder = ScratchFolder()
    let sample = Program.sample
    let copy = folder.file("again.mp4")
    try FileManager.default.copyItem(atPath: sample, toPath: copy)
    let result = try Program.run([
      "--no-ui", "--members", "1", "--json", folder.file("r.jsonl"), sample, copy,
    ])
    #expect(result.exitCode == 0, "\(result.errors)")
    let lines = try String(contentsOfFile: folder.file("r.jsonl"), encoding: .utf8)
      .split(separator: "\n")
    let names = lines.map { $0.contains("\"video\":\"\(copy)\"") }
    let half = lines.count / 2
    #expect(lines.count.isMultiple(of: 2) && names[half...].allSatisfy(\.self))
    #expect(!names[..<half].contains(true))
    func numbers(_ lines: ArraySlice<Substring>) -> Set<Substring> {
      Set(lines.flatMap { $0.matches(of: /"id":(\d+)/).map(\.output.1) })
    }
    #expect(numbers(lines[..<half]).isDisjoint(with: numbers(lines[half...])))
    let times = lines.compactMap { line in
      line.firstMatch(of: /"time":([0-9.e-]+)/).flatMap { Double($0.output.1) }
    }
    #expect(times.count == lines.count)
    #expect(zip(times, times.dropFirst()).allSatisfy { $0 < $1 && $1 - $0 < 0.5 })
  }
}
