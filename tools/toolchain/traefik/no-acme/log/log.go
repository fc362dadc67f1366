// Package log would be where the client writes what it does.
package log

import "log/slog"

// SetDefault has nothing to write.
func SetDefault(*slog.Logger) {}
