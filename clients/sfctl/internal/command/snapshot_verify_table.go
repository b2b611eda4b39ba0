package command

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/streamflow/streamflow/clients/sfctl/internal/printer"
	"github.com/streamflow/streamflow/platform/prose"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
)

// verifiedName names a revision as `snapshot revisions` does, and a stray partition by its
// table.
func verifiedName(r *snapshotv1.VerifiedRevision) string {
	if r.GetRevision() == 0 {
		return r.GetRelation().GetSchema() + "." + r.GetRelation().GetName()
	}
	return fmt.Sprintf("%s/%s/%d", r.GetSnapshot(), r.GetAsOf(), r.GetRevision())
}

// table shows what is not intact, and all of it in a wide one; below, how much was read.
func (v *historyRead) table(w io.Writer) error {
	g := v.app.grid(printer.Text("AS_OF"), printer.Text("SNAPSHOT"), printer.Number("REVISION"), printer.Text("STATE"), printer.Number("ROWS"),
		printer.Number("FOUND_ROWS"), printer.Text("RELATION").InWide(), printer.Text("CONTENT_HASH").InWide(), printer.Text("FOUND_HASH").InWide())
	var told []*snapshotv1.VerifiedRevision
	for _, r := range v.revisions {
		if r.GetState() != snapshotv1.RevisionState_REVISION_STATE_INTACT {
			told = append(told, r)
		} else if v.app.format != printer.Wide {
			continue
		}
		found := ""
		if r.FoundRows != nil {
			found = prose.Number(r.GetFoundRows())
		}
		g.Row(r.GetAsOf(), r.GetSnapshot(), strconv.Itoa(int(r.GetRevision())), printer.Enum(r.GetState()), prose.Number(r.GetRows()), found,
			r.GetRelation().GetSchema()+"."+r.GetRelation().GetName(), r.GetContentHash(), r.GetFoundHash())
	}
	if g.Len() > 0 {
		if err := g.Write(w); err != nil {
			return err
		}
	}
	if _, err := io.WriteString(w, tell(told)); err != nil {
		return err
	}
	style := v.app.style()
	says := style.Good("as they were stamped")
	switch wrong, past := v.result.GetWrong(), v.result.GetWrongSuperseded(); {
	case wrong > 0 && wrong == past:
		says = style.Warn(fmt.Sprintf("what is current is as it was stamped, %d superseded wrong", past))
	case past > 0:
		says = style.Bad(fmt.Sprintf("%d wrong, %d of them superseded", wrong, past))
	case wrong > 0:
		says = style.Bad(fmt.Sprintf("%d wrong", wrong))
	}
	if n := v.result.GetDropped(); n > 0 {
		says += fmt.Sprintf("; %s not read, since retention dropped their rows", prose.Count(int64(n), "revision"))
	}
	_, err := fmt.Fprintf(w, "%s, %s read: %s\n", prose.Count(int64(v.result.GetRevisions()), "revision"), prose.Count(v.result.GetRows(), "row"), says)
	return err
}

// tell says what was found of each, and what to do about it.
func tell(revisions []*snapshotv1.VerifiedRevision) string {
	var b strings.Builder
	for _, r := range revisions {
		fmt.Fprintf(&b, "\n%s: %s\n", verifiedName(r), printer.OneLine(r.GetFound()))
		if r.GetMend() != "" {
			fmt.Fprintf(&b, "  %s\n", printer.OneLine(r.GetMend()))
		}
	}
	if b.Len() > 0 {
		b.WriteByte('\n')
	}
	return b.String()
}
