package report

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/streamflow/streamflow/clients/sfctl/internal/printer"
	"github.com/streamflow/streamflow/platform/prose"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
)

func (r Report) erases() bool {
	return r.Run.GetMode() == orchestratorv1.RunMode_RUN_MODE_ERASE || r.Run.GetMode() == orchestratorv1.RunMode_RUN_MODE_ERASE_PLAN
}

// erasing says what an erase was asked for.
func (r Report) erasing() string {
	of := ""
	if t := r.Run.GetEraseTable(); t != "" {
		of = " of " + printer.OneLine(t)
	}
	return ": " + prose.Count(r.Run.GetEraseKeys(), "key") + of + " to erase: " + printer.OneLine(r.Run.GetSupersedeReason())
}

// erased is the table of what an erase took, or would take.
func (r Report) erased(out *strings.Builder) error {
	all := r.Run.GetErased()
	if len(all) == 0 {
		return nil
	}
	verb := "would be erased"
	if r.step(orchestratorv1.StepKind_STEP_KIND_ERASE).GetState() == orchestratorv1.StepState_STEP_STATE_SUCCEEDED {
		verb = "were erased"
	}
	fmt.Fprintf(out, "Rows that %s:\n", verb)
	g := printer.NewGrid(printer.Text("FROM"), printer.Text("TABLE"), printer.Text("SNAPSHOT"), printer.Text("AS OF"),
		printer.Number("REVISION"), printer.Number("ROWS"), printer.Text("BROUGHT FROM"))
	for _, e := range all {
		revision := ""
		if e.GetRevision() > 0 {
			revision = prose.Number(int64(e.GetRevision()))
		}
		g.Row(printer.Enum(e.GetFrom()), e.GetTable(), e.GetSnapshot(), e.GetAsOf(), revision, prose.Number(e.GetRows()), printer.OneLine(cmp.Or(e.GetSource(), e.GetTrainingSet())))
	}
	return g.Write(out)
}
