#pragma once

/// From now on memory that the Swift runtime cannot have ends the process with `code` and a line on
/// stderr, after `restore`, which may do only what signal-safety(7) lists. Libraries that handle a
/// failed allocation themselves still get NULL.
void allocation_failure_ends_with(int code, void (*restore)(void));
