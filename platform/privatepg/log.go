package privatepg

import (
	"fmt"
	"io"
	"os"
	"strings"
)

// maxLog bounds the log: a start that finds more puts it aside, in place of the one
// put aside before. So the folder holds two logs at most.
const maxLog = 10 << 20

// openLog opens the server's log for appending and returns where this start's part begins.
func openLog(l layout) (f *os.File, start int64, err error) {
	if old, statErr := os.Stat(l.log()); statErr == nil && old.Size() > maxLog {
		if err = os.Rename(l.log(), l.log()+".1"); err != nil {
			return nil, 0, fmt.Errorf("put the server's log aside: %w", err)
		}
	}
	f, err = os.OpenFile(l.log(), os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		return nil, 0, fmt.Errorf("open the server's log: %w", err)
	}
	info, err := f.Stat()
	if err != nil {
		_ = f.Close()
		return nil, 0, fmt.Errorf("look at the server's log: %w", err)
	}
	return f, info.Size(), nil
}

// logSince returns what the server wrote from a place on.
func logSince(l layout, start int64) string {
	f, err := os.Open(l.log())
	if err != nil {
		return ""
	}
	defer func() { _ = f.Close() }()
	if _, err := f.Seek(start, io.SeekStart); err != nil {
		return ""
	}
	b, _ := io.ReadAll(io.LimitReader(f, 1<<20))
	return string(b)
}

// lastLines returns the end of a text, for an error to quote.
func lastLines(text string, n int) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}
