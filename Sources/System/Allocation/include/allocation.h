#pragma once

/// Installs the last resort for failed allocations: if the Swift runtime, or another library that
/// would crash or hang, cannot get memory or a thread, the process ends with `code` and a line on
/// stderr, after calling `restore`, which may only do what signal-safety(7) lists. Callers that
/// handle the failure still see it.
void allocation_failure_ends_with(int code, void (*restore)(void));
