package console

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/prose"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

// diffShown is how many rows of each snapshot the page of a diff shows.
const diffShown = 50

// side is what is compared: a date, and a revision of it, 0 for the current one.
type side struct {
	asOf     string
	revision int32
}

func (s side) String() string {
	if s.revision == 0 {
		return s.asOf
	}
	return fmt.Sprintf("%s/%d", s.asOf, s.revision)
}

// diffQuery is the query of a comparison; without a snapshot it is of all.
func diffQuery(from, to side, snapshot string) url.Values {
	q := url.Values{"from": {from.asOf}, "to": {to.asOf}}
	for name, s := range map[string]side{"from_revision": from, "to_revision": to} {
		if s.revision > 0 {
			q.Set(name, strconv.Itoa(int(s.revision)))
		}
	}
	if snapshot != "" {
		q.Set("snapshot", snapshot)
	}
	return q
}

func diffLink(dataset string, from, to side, snapshot string) entry {
	return entry{Text: fmt.Sprintf("%s → %s", from, to), Link: datasetPath(dataset) + "/diff?" + diffQuery(from, to, snapshot).Encode()}
}

// diff is the page of what differs between two dates or revisions: how many rows of each
// snapshot, in which columns, and the first of them.
func (c *Console) diff(ctx context.Context, r *http.Request) (sheet, error) {
	from, to, err := sidesOf(r)
	if err != nil {
		return sheet{}, err
	}
	name, snapshot := r.PathValue("dataset"), r.URL.Query().Get("snapshot")
	stream, err := c.services.Snapshot.Diff(ctx, &snapshotv1.DiffRequest{
		Dataset: name, Snapshot: snapshot, From: from.asOf, To: to.asOf, FromRevision: from.revision, ToRevision: to.revision, Limit: diffShown,
	})
	if err != nil {
		return sheet{}, err
	}
	view := sheet{
		Heading: "Changed from", Name: fmt.Sprintf("%s to %s", from, to), JSON: "/v1" + datasetPath(name) + "/snapshots:diff?" + diffQuery(from, to, snapshot).Encode(),
		Facts: []fact{{"Dataset", datasetLink(name)}, {"From", snapshotLink(name, from.asOf)}, {"To", snapshotLink(name, to.asOf)}},
	}
	d := differing{counts: table{
		ID: "counts", Title: "How many rows", Head: heads("Snapshot", "From", "To", "#Added", "#Removed", "#Changed", "#The same", "In columns"),
		Empty: "No snapshot is stamped of both.",
	}}
	if err := d.read(stream.Recv); err != nil {
		return sheet{}, err
	}
	if len(d.notCompared) > 0 {
		view.Facts = append(view.Facts, fact{"Not compared", words(strings.Join(d.notCompared, "; "))})
	}
	view.Tables = append([]table{d.counts}, d.rows...)
	return view, nil
}

// sidesOf reads what is compared.
func sidesOf(r *http.Request) (from, to side, err error) {
	for _, s := range []struct {
		name string
		into *side
	}{{"from", &from}, {"to", &to}} {
		if s.into.asOf = r.URL.Query().Get(s.name); s.into.asOf == "" {
			return from, to, problem.New(problem.InvalidRequest, "%s: missing: give both dates, as in %s?from=2024-01-31&to=2024-02-29", s.name, r.URL.Path).Violate(s.name, "missing")
		}
		text := r.URL.Query().Get(s.name + "_revision")
		if text == "" {
			continue
		}
		n, err := strconv.ParseInt(text, 10, 32)
		if err != nil || n < 0 {
			return from, to, problem.New(problem.InvalidRequest, "%s_revision: want the number of a revision, found %q", s.name, text).Violate(s.name+"_revision", "is no number")
		}
		s.into.revision = int32(n)
	}
	return from, to, nil
}

// differing gathers what differs: a line for each snapshot, and a table of the first rows of
// each that has any.
type differing struct {
	counts      table
	rows        []table
	notCompared []string
	head        *snapshotv1.DiffHead
	first       []*snapshotv1.RowDifference
}

// read reads a comparison to its end.
func (d *differing) read(recv func() (*snapshotv1.DiffResponse, error)) error {
	for {
		m, err := recv()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		switch {
		case m.GetHead() != nil:
			d.shown()
			d.head = m.GetHead()
		case m.GetRows() != nil:
			d.first = append(d.first, m.GetRows().GetRows()...)
		case m.GetCounts() != nil:
			d.count(m.GetCounts())
		case m.GetResult() != nil:
			d.shown()
			d.notCompared = m.GetResult().GetNotCompared()
		}
	}
}

func (d *differing) count(c *snapshotv1.DiffCounts) {
	var columns []string
	for _, one := range c.GetColumns() {
		columns = append(columns, fmt.Sprintf("%s %s", one.GetColumn(), prose.Number(one.GetUpdated())))
	}
	d.counts.Rows = append(d.counts.Rows, []entry{
		words(c.GetSnapshot()), words(revisionOf(d.head.GetFrom())), words(revisionOf(d.head.GetTo())), figure(prose.Number(c.GetAdded())),
		figure(prose.Number(c.GetRemoved())), figure(prose.Number(c.GetChanged())), figure(prose.Number(c.GetSame())), words(joined(columns)),
	})
}

func revisionOf(s *snapshotv1.Snapshot) string {
	return fmt.Sprintf("%s, revision %d", s.GetAsOf(), s.GetRevision())
}

// shown makes the table of the rows that were read of a snapshot: a line for each value of a
// row that changed, and one for each that only one of the two has.
func (d *differing) shown() {
	if len(d.first) == 0 {
		return
	}
	name := d.head.GetTo().GetSnapshot()
	t := table{ID: "rows-" + name, Title: "First rows of " + name, Head: heads("Key", "How", "Column", "From", "To")}
	for _, row := range d.first {
		key := words(strings.Join(row.GetKey(), "/"))
		if row.GetChange() != stepv1.RowChange_ROW_CHANGE_CHANGED {
			t.Rows = append(t.Rows, []entry{key, words(label(row.GetChange())), words(""), words(""), words("")})
			continue
		}
		for _, v := range row.GetValues() {
			t.Rows = append(t.Rows, []entry{key, words(label(row.GetChange())), words(v.GetColumn()), valueOf(v.From), valueOf(v.To)})
		}
	}
	d.rows, d.first = append(d.rows, t), nil
}

// valueOf is a value as a page shows it; NULL is none, and an empty text is one.
func valueOf(text *string) entry {
	switch {
	case text == nil:
		return words("NULL")
	case *text == "":
		return words(`""`)
	}
	return code(*text)
}
