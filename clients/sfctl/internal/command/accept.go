package command

import (
	"fmt"
	"slices"
	"strings"

	"github.com/streamflow/streamflow/clients/sfctl/internal/exit"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
)

// acceptance reads REASON or REASON:TABLE. A reason may be written as people type it,
// in small letters and with dashes.
func acceptance(text string) *orchestratorv1.AcceptedFinding {
	reason, table, _ := strings.Cut(text, ":")
	return &orchestratorv1.AcceptedFinding{
		Reason: strings.ToUpper(strings.ReplaceAll(strings.TrimSpace(reason), "-", "_")), Table: strings.TrimSpace(table),
	}
}

func acceptances(texts []string) []*orchestratorv1.AcceptedFinding {
	var all []*orchestratorv1.AcceptedFinding
	for _, t := range texts {
		all = append(all, acceptance(t))
	}
	return all
}

// checkAccept refuses what no guard of such a run finds; which tables there are, the server
// knows.
func checkAccept(text string, can []string) error {
	a := acceptance(text)
	switch {
	case !slices.Contains(can, a.GetReason()):
		return exit.BadUsage(fmt.Errorf("--accept %s: %q cannot be accepted; what can is %s", text, a.GetReason(), strings.Join(can, " and ")))
	case strings.HasSuffix(strings.TrimSpace(text), ":"):
		return exit.BadUsage(fmt.Errorf("--accept %s: a table is missing behind the colon", text))
	}
	return nil
}
