package source

import (
	"os"
	"syscall"
)

// changedAt is when content, name or rights of the file were changed last.
func changedAt(info os.FileInfo) int64 {
	if s, ok := info.Sys().(*syscall.Stat_t); ok {
		return s.Ctimespec.Nano()
	}
	return 0
}
