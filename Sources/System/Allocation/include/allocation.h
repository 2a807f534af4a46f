#pragma once

/// From now on memory or a thread that the Swift runtime, or another library that crashes or hangs
/// without it, cannot have ends the process with `code` and a line on stderr, after `restore`,
/// which may do only what signal-safety(7) lists. Callers that handle the failure still see it.
void allocation_failure_ends_with(int code, void (*restore)(void));
