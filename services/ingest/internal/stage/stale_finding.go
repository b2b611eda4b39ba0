package stage

import (
	"fmt"
	"slices"
	"strings"

	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/prose"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

// wrongThen is what helps where the other as_of had the files by mistake.
const wrongThen = " Where they were delivered for the wrong as_of then, which was put right, and belong here, accept it likewise."

func staleFile(f twin, asOf string, severity datasetv1.Severity) *stepv1.Finding {
	found := "the same, byte for byte, as the file of " + f.at.AsOf
	if f.at.Replaced {
		found = fmt.Sprintf("the same, byte for byte, as a file that was published for %s and has been replaced there since", f.at.AsOf)
	}
	action := "Ask whoever delivers the files whether the extract was really made anew."
	if severity == datasetv1.Severity_SEVERITY_CRITICAL {
		action += " Where nothing has changed indeed, accept it for one run: --accept STALE_EXTRACT:" + f.GetTable() + "."
		if f.at.Replaced {
			action += wrongThen
		}
	}
	return &stepv1.Finding{
		Reason: string(problem.StaleExtract), Severity: severity,
		Table: f.GetTable(), File: f.GetName(), Count: 1,
		Expected: "a file made for " + asOf, Found: found,
		Action:  action,
		Message: fmt.Sprintf("%s is %s", f.GetName(), found),
	}
}

// staleDelivery is the finding of a delivery of which every file is another as_of's.
func staleDelivery(stale []twin, asOf string, severity datasetv1.Severity) *stepv1.Finding {
	names := make([]string, 0, len(stale))
	for _, f := range stale {
		names = append(names, f.GetName())
	}
	action := "See that folder and as_of belong together. Where nothing has changed indeed, accept it for one run, --accept STALE_EXTRACT; " +
		"a dataset of which that is often so declares stale: note."
	if len(datesOf(stale, true)) > 0 {
		action += wrongThen
	}
	found := fmt.Sprintf("the same, byte for byte, as %s: %s", publishedFor(stale), few(names))
	return &stepv1.Finding{
		Reason: string(problem.StaleExtract), Severity: severity, Count: int64(len(stale)),
		Expected: "files made for " + asOf, Found: found, Action: action,
		Message: fmt.Sprintf("%s: expected files made for %s, found %s", prose.Count(int64(len(stale)), "file"), asOf, found),
	}
}

// publishedFor says for which dates files were published, and of which they are no more.
func publishedFor(stale []twin) string {
	var parts []string
	if stand := datesOf(stale, false); len(stand) > 0 {
		parts = append(parts, "last published for "+strings.Join(stand, ", "))
	}
	if replaced := datesOf(stale, true); len(replaced) > 0 {
		parts = append(parts, "published for "+strings.Join(replaced, ", ")+" and replaced there since")
	}
	return strings.Join(parts, ", and as ")
}

// datesOf are the dates that still have the files, or those that have others by now.
func datesOf(stale []twin, replaced bool) []string {
	var dates []string
	for _, f := range stale {
		if f.at.Replaced == replaced && !slices.Contains(dates, f.at.AsOf) {
			dates = append(dates, f.at.AsOf)
		}
	}
	slices.Sort(dates)
	return dates
}
