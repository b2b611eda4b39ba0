package command

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/streamflow/streamflow/clients/sfctl/internal/printer"
	"github.com/streamflow/streamflow/clients/sfctl/internal/report"
	"github.com/streamflow/streamflow/platform/prose"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

// rowsFlag declares how many rows of a finding a command shows.
func (a *app) rowsFlag(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&a.allRows, "all-rows", false, "list all rows that a finding has, up to 20, and not only the first 5")
}

// findings writes what weighs among findings, below an empty line.
func (a *app) findings(w io.Writer, all []*stepv1.Finding, style printer.Style) error {
	verdicts := report.Verdicts(all)
	if len(verdicts) == 0 {
		return nil
	}
	below := 0
	for _, f := range verdicts {
		below += len(f.GetFollows())
	}
	head := prose.Count(int64(len(verdicts)), "finding")
	switch {
	case below == 1:
		head += ", and one that follows"
	case below > 1:
		head += ", and " + prose.Number(int64(below)) + " that follow"
	}
	if _, err := fmt.Fprintf(w, "\n%s:\n", head); err != nil {
		return err
	}
	return report.Findings{Style: style, AllRows: a.allRows}.Write(w, verdicts)
}
