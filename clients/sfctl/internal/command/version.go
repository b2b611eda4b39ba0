package command

import (
	"cmp"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/streamflow/streamflow/clients/sfctl/internal/printer"
)

// Version is set by the release build (-ldflags -X); otherwise it is read from what
// the Go tool notes in the binary.
var Version string

// build is what this binary was built from, as programs read it.
type build struct {
	Version  string `json:"version"`
	Revision string `json:"revision"`
	Modified bool   `json:"modified"`
	Go       string `json:"go"`
	Platform string `json:"platform"`
}

func (a *app) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "Print the version of sfctl",
		Example: "  sfctl version -o json",
		Args:    noArgs,
		RunE: a.action(func(*cobra.Command, []string) error {
			b := buildInfo()
			return a.emitValue(b, []string{b.Version}, func(w io.Writer) error {
				_, err := fmt.Fprintln(w, b)
				return err
			})
		}),
	}
}

// buildInfo is what this program was built from.
func buildInfo() build {
	info, _ := debug.ReadBuildInfo()
	return buildOf(info)
}

func buildOf(info *debug.BuildInfo) build {
	b := build{Version: Version, Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	if info == nil {
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

// String is one line: sfctl v1.2.0 (3f2a9c1d0b7e, go1.26, linux/amd64).
func (b build) String() string {
	text := "sfctl " + b.Version + " ("
	if b.Revision != "" {
		text += printer.Short(b.Revision)
		if b.Modified {
			text += " with changes"
		}
		text += ", "
	}
	return text + b.Go + ", " + b.Platform + ")"
}
