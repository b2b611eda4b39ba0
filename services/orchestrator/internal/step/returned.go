package step

import (
	"regexp"
	"slices"
	"strings"

	"github.com/streamflow/streamflow/platform/problem"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

func sayReturned(f *stepv1.Finding) bool { return f.GetReason() == string(problem.ErasedKeysReturned) }

// returnedFirst puts what says that erased keys have come back before all else: it is why
// the rest is found, and the rest must not be acted on before.
func returnedFirst(all []*stepv1.Finding) []*stepv1.Finding {
	slices.SortStableFunc(all, func(a, b *stepv1.Finding) int {
		switch first := sayReturned(a); {
		case first == sayReturned(b):
			return 0
		case first:
			return -1
		default:
			return 1
		}
	})
	return all
}

const (
	cameBack     = "rows that were erased have come back (ERASED_KEYS_RETURNED)"
	leaveThemOut = "Leave the rows whose keys were erased out of the files, where the files are made, and deliver the date again: ERASED_KEYS_RETURNED has their lines. " +
		"A revision made of these files would bring back what was erased."
)

// knowingErased is why preparing was refused, told to who delivers erased keys again: of a
// date whose content differs, it says that they came back and that they are to be left out,
// and not how history takes them. It names no key: nobody here knows which of them, or of
// the rows that refer to them, were erased.
func knowingErased(p *problem.Error, found []*stepv1.Finding) *problem.Error {
	if p.Reason != problem.SnapshotDiffers || !slices.ContainsFunc(found, sayReturned) {
		return p
	}
	told := problem.Wrap(p, p.Reason, "%s; %s", nameless(p.Message), cameBack).Advise(leaveThemOut)
	told.Metadata = p.Metadata
	for _, v := range p.Violations {
		told = told.Violate(v.Subject, "%s; %s: leave them out of the files", nameless(v.Description), cameBack)
	}
	return told
}

// namedRows are the first rows of a difference, each with its key in quotes and how it differs.
var namedRows = regexp.MustCompile(`: (?:"(?:[^"\\]|\\.)*"[^";]*)+`)

// nameless is what was said of a difference without the rows that it names, and without
// the advice to supersede.
func nameless(said string) string {
	clauses := strings.Split(namedRows.ReplaceAllLiteralString(said, ""), "; ")
	return strings.Join(slices.DeleteFunc(clauses, func(c string) bool { return strings.HasPrefix(c, "--supersede") }), "; ")
}
