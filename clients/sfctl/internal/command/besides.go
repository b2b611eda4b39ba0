package command

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/streamflow/streamflow/clients/sfctl/internal/printer"
)

// besidesKey is the annotation of a command that says in which formats it writes besides
// those that every command has.
const besidesKey = "formats"

// also gives a command another format.
func also(cmd *cobra.Command, f printer.Format) {
	if cmd.Annotations == nil {
		cmd.Annotations = map[string]string{}
	}
	cmd.Annotations[besidesKey] = string(f)
}

// besides are the formats that a command has besides those that every command has.
func besides(cmd *cobra.Command) []printer.Format {
	var all []printer.Format
	for _, f := range strings.Fields(cmd.Annotations[besidesKey]) {
		all = append(all, printer.Format(f))
	}
	return all
}
