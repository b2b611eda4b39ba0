package console

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/streamflow/streamflow/platform/prose"
	"github.com/streamflow/streamflow/platform/wording"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
)

func trainingSetPath(id string) string { return "/training-sets/" + url.PathEscape(id) }

func (c *Console) trainingSetList(ctx context.Context, r *http.Request, token string) (table, error) {
	resp, err := c.services.Snapshot.ListTrainingSets(ctx, &snapshotv1.ListTrainingSetsRequest{Dataset: r.PathValue("dataset"), PageSize: listed, PageToken: token})
	t := table{
		Head:  heads("Training set", "Name", "as_of", "#Rows", "#With a label", "Waived", "Known at", "Built", "By", "Keeps its dates", "Can be made again"),
		Empty: "No training sets yet: sfctl training-set build NAME --as-of DATE", Next: pageOf(r, resp.GetNextPageToken()),
	}
	for _, s := range resp.GetTrainingSets() {
		t.Rows = append(t.Rows, []entry{
			link("/training-sets/", s.GetId()), words(s.GetName()), words(wording.Span(s.GetAsOf())), figure(prose.Number(s.GetRows())),
			figure(prose.Number(s.GetLabelled())), words(joined(waived(s))), moment(s.GetKnownAt()), moment(s.GetCreatedAt()), words(s.GetRequestedBy()),
			words(keeps(s)), again(s),
		})
	}
	return t, err
}

func (c *Console) trainingSet(ctx context.Context, r *http.Request) (sheet, error) {
	resp, err := c.services.Snapshot.GetTrainingSet(ctx, &snapshotv1.GetTrainingSetRequest{TrainingSet: r.PathValue("training_set")})
	s := resp.GetTrainingSet()
	label := s.GetDefinition().GetLabel()
	shown := sheet{
		Heading: "Training set", Name: s.GetId(), JSON: "/v1" + trainingSetPath(s.GetId()), TextTitle: "The query", Text: s.GetQuery(),
		Facts: []fact{
			{"Dataset", datasetLink(s.GetDataset())}, {"Name", words(s.GetName())}, {"as_of", words(wording.Span(s.GetAsOf()))},
			{"Label", words(label.GetColumn() + ", " + wording.Later(label.GetHorizon()))},
			{"Rows", words(fmt.Sprintf("%s, %s with a label", prose.Number(s.GetRows()), prose.Number(s.GetLabelled())))},
			{"Known at", moment(s.GetKnownAt())}, {"Built", moment(s.GetCreatedAt())}, {"By", words(s.GetRequestedBy())},
			{"Keeps its dates", words(keeps(s))}, {"Can be made again", again(s)}, {"Manifest", code(s.GetManifestHash())},
		},
		Tables: []table{waivedTable(s), partTable(s), trainingColumnTable(s), pinTable(s)},
	}
	if s.GetLost() == "" {
		shown.Facts = append(shown.Facts, exports(s)...)
	} else {
		shown.Tables = append([]table{lostTable(s)}, shown.Tables...)
	}
	if rows := s.GetEntityRows(); rows != nil {
		shown.Facts = append(shown.Facts, fact{"Entity rows", words(fmt.Sprintf("%s of %s, %s", prose.Number(rows.GetRows()), rows.GetName(), rows.GetContentHash()))})
	}
	return shown, err
}

// again says whether a training set can be made again, as far as is known without reading it.
func again(s *snapshotv1.TrainingSet) entry {
	if s.GetLost() == "" {
		return words("yes")
	}
	return marked("no: "+s.GetLost(), "bad")
}

// exports are the files of a training set.
func exports(s *snapshotv1.TrainingSet) []fact {
	return []fact{
		{"CSV", entry{Text: s.GetName() + ".csv", Link: exportPath(s.GetId())}},
		{"Parquet", entry{Text: s.GetName() + ".parquet", Link: exportPath(s.GetId()) + "?format=parquet"}},
		{"Arrow", entry{Text: s.GetName() + ".arrow", Link: exportPath(s.GetId()) + "?format=arrow"}},
	}
}

func lostTable(s *snapshotv1.TrainingSet) table {
	t := table{ID: "lost", Title: "Why it cannot be made again", Head: heads("In words")}
	for _, says := range s.GetLostSays() {
		t.Rows = append(t.Rows, []entry{words(says)})
	}
	return t
}

// keeps says for how long retention leaves the dates of a training set alone.
func keeps(s *snapshotv1.TrainingSet) string {
	switch f := s.GetForgotten(); {
	case f != nil && f.GetReason() != "":
		return "no more: forgotten by " + f.GetForgottenBy() + ": " + f.GetReason()
	case f != nil:
		return "no more: forgotten by " + f.GetForgottenBy()
	case s.GetKeptUntil() != nil:
		return "until " + moment(s.GetKeptUntil()).Text
	default:
		return "until it is forgotten"
	}
}

// exportPath is where the rows are. Another format than CSV is a parameter: browsers set no
// header of their own.
func exportPath(id string) string { return "/v1" + trainingSetPath(id) + "/export" }

func waivedTable(s *snapshotv1.TrainingSet) table {
	t := table{ID: "waived", Title: "Guards that were waived", Head: heads("Guard", "Found"), Empty: "None: no guard found anything, or it was not waived."}
	for _, w := range s.GetWaived() {
		t.Rows = append(t.Rows, []entry{code(w.GetReason()), words(strings.Join(w.GetFound(), "; "))})
	}
	return t
}

func partTable(s *snapshotv1.TrainingSet) table {
	t := table{ID: "parts", Title: "Parts", Head: heads("Part", "#Rows"), Empty: "It is not divided."}
	for _, p := range s.GetParts() {
		t.Rows = append(t.Rows, []entry{words(p.GetName()), figure(prose.Number(p.GetRows()))})
	}
	return t
}

func trainingColumnTable(s *snapshotv1.TrainingSet) table {
	t := table{ID: "columns", Title: "Columns", Head: heads("Column", "Type", "Role", "Source")}
	for _, c := range s.GetColumns() {
		t.Rows = append(t.Rows, []entry{words(c.GetName()), code(c.GetType()), words(c.GetRole()), words(c.GetSource())})
	}
	return t
}

func pinTable(s *snapshotv1.TrainingSet) table {
	t := table{ID: "made-of", Title: "Made of", Head: heads("Snapshot", "as_of", "#Revision", "#Rows", "Known at", "Content hash")}
	for _, p := range s.GetSnapshots() {
		t.Rows = append(t.Rows, []entry{
			words(p.GetSnapshot()), snapshotLink(s.GetDataset(), p.GetAsOf()), figure(fmt.Sprint(p.GetRevision())), figure(prose.Number(p.GetRows())),
			moment(p.GetKnownAt()), code(p.GetContentHash()),
		})
	}
	return t
}

func waived(s *snapshotv1.TrainingSet) []string {
	var reasons []string
	for _, w := range s.GetWaived() {
		reasons = append(reasons, w.GetReason())
	}
	return reasons
}
