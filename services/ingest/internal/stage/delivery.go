package stage

import (
	"fmt"
	"strings"

	"github.com/streamflow/streamflow/platform/personal"
	"github.com/streamflow/streamflow/platform/problem"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/ingest/internal/called"
	"github.com/streamflow/streamflow/services/ingest/internal/declared"
)

// delivery is what the staging of one table comes to.
type delivery struct {
	table *declared.Table
	// veil shows its values to people.
	veil *personal.Veil
	// names are those that the columns of the live table have and had.
	names called.Names
	// asOf is what the files describe, published the newest as_of that was published.
	asOf, published string
	// file is nil where there is none.
	file     *ingestv1.BatchFile
	header   *stepv1.DeliveredTable
	counts   *stepv1.TableCounts
	findings []*stepv1.Finding
	// overlay is what an incremental extract was laid over; nil of a full one, and where there
	// was nothing.
	overlay *ingestv1.Overlay
	// leftOut are the rows of a whole table that say that they are deleted.
	leftOut int64
	// again names the delivery of which a restamp takes its rows; empty of files.
	again string
	// consequences are findings of this table that follow from rejected rows.
	consequences []consequence
	rejects      *rejects
	remarks      *remarks
	// strange says that keys of the candidate may look like others.
	strange bool
	// compared says that the keys were compared with those of before.
	compared bool
	// lostSaid says that a finding tells of the rows that live lost.
	lostSaid bool
}

func newDelivery(t *declared.Table, veil *personal.Veil) *delivery {
	return &delivery{
		table: t, veil: veil, header: &stepv1.DeliveredTable{Table: t.Name},
		counts: &stepv1.TableCounts{Table: t.Name}, rejects: newRejects(t, veil), remarks: &remarks{table: t, veil: veil},
	}
}

// shownKey is the key of a row of the table as it is shown.
func (d *delivery) shownKey(key []string) []string { return cutAll(d.veil.Key(key)) }

// shownReference is what a row refers to, as it is shown.
func (d *delivery) shownReference(r declared.Reference, values []string) string {
	return strings.Join(cutAll(d.veil.Values(r.Columns, values)), ", ")
}

// candidate returns the table's candidate, nil where no row could be read.
func (d *delivery) candidate() *stepv1.Candidate { return d.header.GetCandidate() }

// find adds a critical finding about the file. The message begins with its name and
// says what was expected and what was found.
func (d *delivery) find(reason problem.Reason, expected, found, action string) *stepv1.Finding {
	f := &stepv1.Finding{
		Reason: string(reason), Severity: datasetv1.Severity_SEVERITY_CRITICAL,
		Table: d.table.Name, File: d.table.File,
		Expected: expected, Found: found, Action: action,
		Message: fmt.Sprintf("%s: expected %s, found %s", d.table.File, expected, found),
	}
	d.findings = append(d.findings, f)
	return f
}

// complain adds a finding of a file that cannot be read to its end.
func (d *delivery) complain(c complaint) {
	d.find(problem.FileUnreadable, c.expected, c.found, c.action)
}
