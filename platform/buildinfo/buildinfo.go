// Package buildinfo says what a program of StreamFlow was built from, in the same
// words for every one of them: on the command line, in the log of a start, and to
// whoever calls it.
package buildinfo

import (
	"cmp"
	"runtime"
	"runtime/debug"
)

// Header is the gRPC metadata key and the HTTP header under which every answer of a
// service names the version that gave it.
const Header = "x-streamflow-version"

// version is set by the release build (-ldflags -X); otherwise it is read from what
// the Go tool notes in the binary.
var version string

// Info is what a binary was built from, as programs read it.
type Info struct {
	Version  string `json:"version"`
	Revision string `json:"revision"`
	Modified bool   `json:"modified"`
	Go       string `json:"go"`
	Platform string `json:"platform"`
}

// Read returns what this program was built from.
func Read() Info {
	info, _ := debug.ReadBuildInfo()
	return of(info)
}

func of(info *debug.BuildInfo) Info {
	b := Info{Version: version, Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	if info == nil {
		b.Version = cmp.Or(b.Version, "(devel)")
		return b
	}
	b.Version = cmp.Or(b.Version, info.Main.Version, "(devel)")
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			b.Revision = s.Value
		case "vcs.modified":
			b.Modified = s.Value == "true"
		}
	}
	return b
}

// shown is how much of a revision tells it apart from others, as in git.
const shown = 12

// String is one line: v1.2.0 (3f2a9c1d0b7e, go1.26, linux/amd64).
func (b Info) String() string {
	text := b.Version + " ("
	if b.Revision != "" {
		text += b.Revision[:min(shown, len(b.Revision))]
		if b.Modified {
			text += " with changes"
		}
		text += ", "
	}
	return text + b.Go + ", " + b.Platform + ")"
}
