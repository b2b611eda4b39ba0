package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/streamflow/streamflow/clients/sfctl/internal/printer"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/prose"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

// notices are what is worth knowing though nothing failed.
func (r Report) notices(out *strings.Builder) error {
	notices := append(r.outcome(), r.departures()...)
	for _, f := range r.Run.GetFindings() {
		if f.GetSeverity() == datasetv1.Severity_SEVERITY_INFO {
			notices = append(notices, f.GetMessage())
		}
	}
	for _, n := range append(notices, r.staleFiles()...) {
		fmt.Fprintf(out, "%s %s\n", r.Style.Warn("Note:"), printer.OneLine(n))
	}
	return nil
}

// outcome says what is unusual about how the run ended.
func (r Report) outcome() []string {
	run, plan := r.Run, r.planned()
	var notices []string
	switch {
	case run.GetUnchanged() && run.GetBackfill():
		notices = append(notices, r.unchangedBehind())
	case run.GetUnchanged() && plan:
		notices = append(notices, fmt.Sprintf(
			"unchanged: the files are those last published for %s; publishing them would write nothing.", run.GetAsOf()))
	case run.GetUnchanged():
		notices = append(notices, fmt.Sprintf(
			"unchanged: the files are those last published for %s; nothing was staged or written.", run.GetAsOf()))
	case run.GetBackfill() && plan:
		notices = append(notices, fmt.Sprintf(
			"the live tables hold a later as_of than %s: publishing would leave them as they are.", run.GetAsOf()))
	case run.GetBackfill() && r.rollsBack():
		notices = append(notices, "history was rolled back alone: the live tables were left as they are.")
	case run.GetBackfill():
		notices = append(notices, fmt.Sprintf(
			"the live tables hold a later as_of than %s and were left as they are; %s.", run.GetAsOf(), r.wentTo()))
	}
	if plan && run.GetState() == orchestratorv1.RunState_RUN_STATE_SUCCEEDED {
		notices = append(notices, "this was a plan: nothing was published or stamped.")
	}
	return notices
}

// wentTo says where what was delivered for a date behind that of live is.
func (r Report) wentTo() string {
	if slices.ContainsFunc(r.Run.GetFindings(), func(f *stepv1.Finding) bool { return f.GetReason() == string(problem.NowhereToGo) }) {
		return "nothing took what was delivered"
	}
	return "only its snapshots were stamped"
}

// unchangedBehind says of files that came again, for a date behind that of live, what became of
// history and of live.
func (r Report) unchangedBehind() string {
	verb := map[bool]string{false: "was", true: "would be"}[r.planned()]
	nothing := "nothing " + verb + " written"
	if r.Run.GetSupersede() {
		nothing = "no revision " + verb + " superseded, and " + nothing
	}
	return fmt.Sprintf("unchanged: the files are those last delivered for %s, and history stands as it is: %s. The live tables hold a later as_of, and were not touched.", r.Run.GetAsOf(), nothing)
}

// planned says whether the run only says what would be done.
func (r Report) planned() bool { return r.Run.GetMode() == orchestratorv1.RunMode_RUN_MODE_PLAN }

// rollsBack says whether the run makes earlier revisions current again.
func (r Report) rollsBack() bool {
	return r.Run.GetMode() == orchestratorv1.RunMode_RUN_MODE_ROLLBACK
}

// departures says what became, or would become, of keys that the files no longer hold.
func (r Report) departures() []string {
	stays, gone := "they stay in the live table and are in no snapshot from now on", "deleted from the live table"
	if r.planned() {
		stays, gone = "they would stay in the live table and be in no snapshot from then on", "would be deleted from the live table"
	}
	var notices []string
	counts, _ := r.tableCounts()
	for _, c := range counts {
		fate := stays
		if c.GetDeleted() > 0 {
			fate = prose.Number(c.GetDeleted()) + " " + gone
		}
		if n := c.GetDeparted(); n > 0 {
			notices = append(notices, fmt.Sprintf("%s of %s departed: %s.", prose.Count(n, "key"), c.GetTable(), fate))
		} else if c.GetDeleted() > 0 {
			notices = append(notices, fmt.Sprintf("%s of %s had departed earlier: %s.", prose.Count(c.GetDeleted(), "key"), c.GetTable(), fate))
		}
		if n := c.GetWithdrawn(); n > 0 {
			verb := "were"
			switch {
			case r.planned():
				verb = "would be"
			case n == 1:
				verb = "was"
			}
			notices = append(notices, fmt.Sprintf("%s of %s that only the superseded delivery had brought %s withdrawn from the live table.", prose.Count(n, "key"), c.GetTable(), verb))
		}
		if n := c.GetReturned(); n > 0 {
			notices = append(notices, fmt.Sprintf("%s of %s had departed and returned.", prose.Count(n, "key"), c.GetTable()))
		}
	}
	return notices
}

// staleFiles names the files that another as_of was published with, where no finding
// says so already.
func (r Report) staleFiles() []string {
	said := map[string]bool{}
	for _, f := range r.Run.GetFindings() {
		if f.GetReason() == string(problem.StaleExtract) {
			said[f.GetTable()] = true // of no table: of all files together
		}
	}
	var notices []string
	counts, _ := r.tableCounts()
	for _, c := range counts {
		if c.GetSameAsOf() != "" && !said[c.GetTable()] && !said[""] {
			notices = append(notices, fmt.Sprintf(
				"the file of %s is the same, byte for byte, as that of %s.", c.GetTable(), c.GetSameAsOf()))
		}
	}
	return notices
}

// Verdicts are the findings that weigh: critical ones first, then warnings; before all that
// erased keys have come back, since what is found besides comes of it.
func Verdicts(findings []*stepv1.Finding) []*stepv1.Finding {
	var returned, critical, warning []*stepv1.Finding
	for _, f := range findings {
		switch {
		case f.GetReason() == string(problem.ErasedKeysReturned):
			returned = append(returned, f)
		case f.GetSeverity() == datasetv1.Severity_SEVERITY_INFO:
		case f.GetSeverity() == datasetv1.Severity_SEVERITY_WARNING:
			warning = append(warning, f)
		default:
			critical = append(critical, f)
		}
	}
	return slices.Concat(returned, critical, warning)
}

// Warnings are the findings that only warn.
func Warnings(findings []*stepv1.Finding) []*stepv1.Finding {
	var warnings []*stepv1.Finding
	for _, f := range findings {
		if f.GetSeverity() == datasetv1.Severity_SEVERITY_WARNING {
			warnings = append(warnings, f)
		}
	}
	return warnings
}

func place(f *stepv1.Finding) string {
	where := f.GetTable()
	if f.GetColumn() != "" {
		where += "." + f.GetColumn()
	}
	return strings.TrimPrefix(where, ".")
}
