import CFFmpeg
import Glibc

/// Opens files and streams with libavformat. It never opens other files or addresses that they
/// refer to: playlists and the like are refused.
package enum MediaInput {
  /// Demuxers that read a single file. `image2` does so without a pattern.
  private static let formats = """
    avi,mov,matroska,mpegts,mpeg,mpegvideo,m4v,h264,hevc,av1,obu,ivf,vc1,h263,flv,live_flv,asf,ogg,rm,\
    nut,mxf,gxf,dv,wtv,swf,nsv,nuv,pva,dirac,mjpeg,mjpeg_2000,yuv4mpegpipe,gif,apng,image2,jpeg_pipe,\
    png_pipe,webp_pipe,bmp_pipe,tiff_pipe,jpegxl_pipe,ppm_pipe,pgm_pipe,wav,w64,mp3,aac,ac3,eac3,flac,\
    aiff,au,caf,amr,amrnb,amrwb,ape,tta,wv,dts,dtshd,truehd,mpc,mpc8,voc,sox,sds,act,loas,latm
    """

  /// - Parameters:
  ///   - flags: of `AVFormatContext`, `AVFMT_FLAG_…`
  ///   - incoming: supplies the bytes instead of a file
  /// - Throws: ``MediaFileError/unreadable(path:errno:)``, `.notAFile`, `.nested`, `.unknownFormat`
  package static func open(
    _ path: String, flags: Int32 = 0, incoming: UnsafeMutablePointer<AVIOContext>? = nil
  ) throws(MediaFileError) -> UnsafeMutablePointer<AVFormatContext> {
    if incoming == nil { try checkRegular(path) }
    // Damage is counted; the library's messages would corrupt the terminal screen.
    av_log_set_level(AV_LOG_QUIET)
    var options: OpaquePointer?
    av_dict_set(&options, "format_whitelist", formats, 0)
    av_dict_set(&options, "protocol_whitelist", "file", 0)
    av_dict_set(&options, "pattern_type", "none", 0)
    defer { av_dict_free(&options) }
    var input = avformat_alloc_context()
    guard input != nil else { throw .unreadable(path: path, errno: ENOMEM) }
    input!.pointee.flags |= flags
    if let incoming {
      input!.pointee.pb = incoming
      // Pictures are shown as they arrive, so no time is spent on analysing seconds of input.
      input!.pointee.max_analyze_duration = 500_000
      input!.pointee.fps_probe_size = 2
    }
    // A colon is part of the file name, not a protocol.
    let code = avformat_open_input(
      &input, incoming == nil ? "file:" + path : "", nil, &options)
    guard code >= 0, let input else {
      // EINVAL means that the format is not on the list.
      throw code == emenet_averror(EINVAL)
        ? .nested(path: path) : .unknownFormat(path: path, reason: text(code))
    }
    return input
  }

  /// Opens a network camera.
  ///
  /// - Throws: the code of libavformat's error
  static func open(
    _ address: StreamAddress, _ watch: StreamWatch
  ) throws(StreamCode) -> UnsafeMutablePointer<AVFormatContext> {
    av_log_set_level(AV_LOG_QUIET)
    var options: OpaquePointer?
    for (name, value) in [
      ("format_whitelist", formats + ",rtsp,mpjpeg"),
      // Nothing of this machine, whatever the camera redirects to.
      (
        "protocol_whitelist",
        "rtsp,rtsps,rtp,srtp,rtcp,udp,tcp,tls,crypto,http,https,httpproxy"
      ),
      // UDP loses packets; a camera that has nothing else gets it.
      ("rtsp_flags", "prefer_tcp"), ("allowed_media_types", "video"),
    ] {
      av_dict_set(&options, name, value, 0)
    }
    defer { av_dict_free(&options) }
    var input = avformat_alloc_context()
    guard input != nil else { throw StreamCode(code: emenet_averror(ENOMEM)) }
    input!.pointee.interrupt_callback = watch.callback
    input!.pointee.flags |= AVFMT_FLAG_NOBUFFER
    input!.pointee.fps_probe_size = 2
    let code = avformat_open_input(&input, address.url, nil, &options)
    guard code >= 0, let input else { throw StreamCode(code: code) }
    return input
  }

  /// An error of libavformat.
  struct StreamCode: Error {
    var code: Int32
  }

  private static func checkRegular(_ path: String) throws(MediaFileError) {
    let descriptor = Glibc.open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else { throw .unreadable(path: path, errno: errno) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw .notAFile(path: path)
    }
  }

  /// libavutil's message for one of its error codes.
  static func text(_ code: Int32) -> String {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(AV_ERROR_MAX_STRING_SIZE)) {
      av_strerror(code, $0.baseAddress!, $0.count)
      return String(cString: $0.baseAddress!)
    }
  }
}
