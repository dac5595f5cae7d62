#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/result.hpp"

namespace echosweep::report {

/// `cannot <action> <name>: <errno in words> (<what to do about it>)`, where the errno is one of open(2),
/// write(2), rename(2) or close(2).
Error explain_errno(std::string_view action, std::string_view name, int code);

/// For what a run must never wait for or fail because of: what cannot be written at once is lost.
void show_or_lose(int descriptor, std::string_view text);

/// A file descriptor that text goes to, with a buffer in front: the only place that writes results. A write
/// goes on through EINTR and short counts, and waits where the descriptor is non-blocking, until all is out.
/// After a failure the Output stays failed: whatever follows is dropped and answered with the same Error, so
/// that a full disk costs no memory. Error.code is the errno; EPIPE means that the reader went away (the
/// process must ignore SIGPIPE). Move-only; any one thread at a time.
class Output {
 public:
  /// Creates or empties the file (mode 0644, close-on-exec). `-` is standard output.
  static Result<Output> create(const std::string& path);
  /// The same with flags of open(2) beside those for writing, under another name in messages.
  static Result<Output> create_as(const std::string& path, int flags, const std::string& name);
  /// Goes on with a regular file behind its first `size` bytes; what follows them is cut off. Fails where
  /// there is no such file any more, or less of it.
  static Result<Output> go_on(const std::string& path, std::uint64_t size);
  static Output standard_output();
  static Output standard_error();
  /// Writes to somebody else's descriptor and leaves it open. `name`: for messages.
  static Output borrow(int descriptor, std::string name);

  Output(Output&& other) noexcept;
  Output& operator=(Output&& other) noexcept;
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;
  /// Tries to write what is left, and cannot say if that failed: call close().
  ~Output();

  /// Takes `text`, usually one line or several whole ones: a piece is never torn apart by the buffer's end,
  /// so that a reader who looks at the file in mid-run sees whole pieces.
  Result<void> append(std::string_view text);
  /// Hands everything so far to the kernel.
  Result<void> flush();
  /// flush(), then close(2) where the descriptor is ours; some file systems tell only then that data was
  /// lost. A file that somebody has removed meanwhile is an error, too. Afterwards the Output takes nothing
  /// any more, and closing again does nothing.
  Result<void> close();

  const std::string& name() const { return name_; }
  int get() const { return descriptor_; }

 private:
  Output(int descriptor, bool owned, std::string name);
  Result<void> write_out(std::string_view text);
  Result<void> remember(int code);

  /// A pipe holds 64 KiB by default: a bigger piece would only be cut there.
  static constexpr std::size_t kBufferSize = std::size_t{64} * 1024;

  std::string name_;
  std::string buffer_;
  Error failure_;  ///< code 0: none
  int descriptor_ = -1;
  bool owned_ = false;
};

}  // namespace echosweep::report
