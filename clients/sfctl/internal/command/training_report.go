package command

import (
	"fmt"
	"io"
	"strings"

	"github.com/streamflow/streamflow/clients/sfctl/internal/printer"
	"github.com/streamflow/streamflow/platform/prose"
	"github.com/streamflow/streamflow/platform/wording"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
)

// trainingSetReport says what a training set is, and what it is made of.
func (a *app) trainingSetReport(w io.Writer, s *snapshotv1.TrainingSet) error {
	_, err := fmt.Fprintf(w, "Training set %s\n%s of %s as of %s, with what was known at %s\n%s, %s with a label: %s, %s\nbuilt for %s at %s\n",
		s.GetId(), s.GetName(), s.GetDataset(), wording.Span(s.GetAsOf()), printer.Moment(s.GetKnownAt()),
		prose.Count(s.GetRows(), "row"), prose.Number(s.GetLabelled()), s.GetDefinition().GetLabel().GetColumn(),
		wording.Later(s.GetDefinition().GetLabel().GetHorizon()),
		printer.OneLine(s.GetRequestedBy()), printer.Moment(s.GetCreatedAt()))
	if err != nil {
		return err
	}
	if rows := s.GetEntityRows(); rows != nil {
		if _, err := fmt.Fprintf(w, "about the %s of %s, %s\n", prose.Count(rows.GetRows(), "row"), printer.OneLine(rows.GetName()), rows.GetContentHash()); err != nil {
			return err
		}
	}
	if kept := keeps(s); kept != "" {
		if _, err := fmt.Fprintln(w, kept); err != nil {
			return err
		}
	}
	for _, lost := range s.GetLostSays() {
		if _, err := fmt.Fprintf(w, "cannot be made again: %s\n", printer.OneLine(lost)); err != nil {
			return err
		}
	}
	for _, waived := range s.GetWaived() {
		found := "it found nothing"
		if len(waived.GetFound()) > 0 {
			found = strings.Join(waived.GetFound(), "; ")
		}
		if _, err := fmt.Fprintf(w, "%s is meant: %s\n", waived.GetReason(), printer.OneLine(found)); err != nil {
			return err
		}
	}
	if len(s.GetParts()) > 0 {
		if err := below(w, trainingParts(s.GetParts())); err != nil {
			return err
		}
	}
	if err := below(w, trainingColumns(s.GetColumns())); err != nil {
		return err
	}
	return below(w, trainingPins(s.GetSnapshots()))
}

func trainingParts(parts []*snapshotv1.PartRows) *printer.Grid {
	g := printer.NewGrid(printer.Text("PART"), printer.Number("ROWS"))
	for _, p := range parts {
		g.Row(p.GetName(), prose.Number(p.GetRows()))
	}
	return g
}

func trainingColumns(columns []*snapshotv1.TrainingColumn) *printer.Grid {
	g := printer.NewGrid(printer.Text("COLUMN"), printer.Text("TYPE"), printer.Text("ROLE"), printer.Text("SOURCE"))
	for _, c := range columns {
		g.Row(c.GetName(), c.GetType(), c.GetRole(), c.GetSource())
	}
	return g
}

func trainingPins(pins []*snapshotv1.PinnedSnapshot) *printer.Grid {
	g := printer.NewGrid(printer.Text("SNAPSHOT"), printer.Text("AS_OF"), printer.Number("REVISION"), printer.Number("ROWS"),
		printer.Text("KNOWN_AT"), printer.Text("CONTENT_HASH"))
	for _, p := range pins {
		g.Row(p.GetSnapshot(), p.GetAsOf(), prose.Number(int64(p.GetRevision())), prose.Number(p.GetRows()), printer.Moment(p.GetKnownAt()), p.GetContentHash())
	}
	return g
}

func waivedOf(s *snapshotv1.TrainingSet) string {
	return strings.Join(names(s.GetWaived(), (*snapshotv1.WaivedGuard).GetReason), ", ")
}
