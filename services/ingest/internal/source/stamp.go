package source

import "os"

// stamp tells one state of a file from the next that somebody writes: when its content and
// when anything of it was changed last, in nanoseconds. Anybody may set the first one back,
// as programs do that copy a file with its times; the second one the system alone sets.
type stamp struct {
	modified, changed int64
}

func stampOf(info os.FileInfo) stamp {
	return stamp{info.ModTime().UnixNano(), changedAt(info)}
}
