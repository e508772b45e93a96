// Whole files in and out; a write is seen entire or not at all.
#ifndef HIR_BASE_FILE_H_
#define HIR_BASE_FILE_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"

namespace hir {

// Opens `path` for reading; the caller closes the descriptor. Never blocks: anything but a regular
// file, or a link to one, is refused. NOT_FOUND: no such file. INVALID_ARGUMENT: a folder, a FIFO,
// a device or a socket. UNAVAILABLE: the file can't be opened.
absl::StatusOr<int> OpenRegularFile(const std::string& path);

// Returns the bytes of `path`. Errors of OpenRegularFile(); UNAVAILABLE: it can't be read to its
// end.
absl::StatusOr<std::string> ReadFile(const std::string& path);

// Writes `bytes` to a temporary name beside `path`, syncs it and renames it, so that a reader or
// a crash sees the old file or the new one. Missing parent folders are made. A symbolic link stays
// and its target is replaced; `bytes` are appended to a device, a pipe or an open file
// (/dev/stdout). UNAVAILABLE: the folder can't be written or the disk is full; `path` is as it was.
absl::Status WriteFileAtomically(const std::string& path, std::string_view bytes);

// The same for the `parts` one after the other, none of which is copied.
absl::Status WriteFileAtomically(const std::string& path, absl::Span<const std::string_view> parts);

// Appends `bytes` in one write. UNAVAILABLE: the file can't be written.
absl::Status AppendToFile(const std::string& path, std::string_view bytes);

}  // namespace hir

#endif  // HIR_BASE_FILE_H_
