package report

import (
	"fmt"
	"io"

	"github.com/streamflow/streamflow/clients/sfctl/internal/printer"
	"github.com/streamflow/streamflow/platform/prose"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

// Accepted writes what was accepted, and by whom, one line each: of a run, what it was
// started with, whether it was found or not; of a batch, what was found.
func Accepted(w io.Writer, all []*stepv1.Acceptance) error {
	for _, a := range all {
		text := a.GetReason()
		if a.GetTable() != "" {
			text += " of " + a.GetTable()
		}
		if a.UpTo != nil {
			text += " up to " + prose.Number(a.GetUpTo())
		}
		if a.GetFromRun() != "" {
			text += ", as " + a.GetFromRun() + " found"
		}
		if _, err := fmt.Fprintf(w, "accepted by %s: %s\n", printer.OneLine(a.GetBy()), printer.OneLine(text)); err != nil {
			return err
		}
	}
	return nil
}
