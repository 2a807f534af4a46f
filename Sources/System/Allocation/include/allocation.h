#pragma once

/// Decides what happens when memory or a thread is refused to the Swift runtime, or to another
/// library that would crash or hang without it. The process then ends with `code` and a line on
/// stderr, after `restore`, which may only do what signal-safety(7) lists. Callers that handle the
/// failure still see it.
void allocation_failure_ends_with(int code, void (*restore)(void));
