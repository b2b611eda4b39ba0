package publish

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/fence"
	"github.com/streamflow/streamflow/platform/personal"
	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/relation"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/ingest/internal/declared"
	"github.com/streamflow/streamflow/services/ingest/internal/live"
	"github.com/streamflow/streamflow/services/ingest/internal/progress"
)

// Publisher publishes batches.
type Publisher struct {
	Pool *postgres.Pool
	// OpenSchema says how the schema of a name is opened to the service.
	OpenSchema func(schema string) string
	// Keys make what is shown in place of personal values.
	Keys *personal.Keys
}

// Request says what to publish.
type Request struct {
	Batch   string
	Fence   fence.Fence
	Dataset *declared.Dataset
	// Accepted is what somebody accepts for this run, of what guards find.
	Accepted []*stepv1.Acceptance
	// Supersede says that the batch corrects its as_of: what only the deliveries before it
	// brought is withdrawn.
	Supersede bool
	// Stamped is the batch whose content history holds of the as_of; empty where none is
	// known. Where another one was published since, its stamp failed for good.
	Stamped string
	// NeverStamped says that history holds nothing of the as_of: no batch of it that was
	// published ever was its content.
	NeverStamped bool
	// Bases are what tables with an incremental extract would be laid over by now.
	Bases  []*stepv1.Base
	Report progress.Func
}

// work is one publish, or plan, inside its transaction.
type work struct {
	*Publisher
	req   Request
	conn  *pgx.Conn
	batch *ingestv1.Batch
	live  map[string]*live.Table
	// hands are what of the users' own is called as the live tables are written.
	hands []hand
	// before has, where there are any, the rows of each live table before the publish.
	before map[string]int64
	// referrers are the foreign keys of the users' own to tables from which rows go.
	referrers []referrer
	// found are the notices of this publish or plan.
	found []*stepv1.Finding
	// absences has, by table, what live holds and the candidate lacks; nothing of a table
	// that is new.
	absences map[string]*absence
	// watermark is the as_of that live holds; brought what is known of the keys that came
	// with it, by table.
	watermark string
	brought   map[string]brought
	// corrects says that what only deliveries of the as_of brought is withdrawn.
	corrects bool
}

// staged is a table with its candidate and the counts that staging began.
type staged struct {
	*declared.Table
	from   relation.Relation
	counts *stepv1.TableCounts
}

// tables returns the batch's tables, each behind those that it refers to.
func (w *work) tables() []staged {
	byName := map[string]*stepv1.TableCounts{}
	for _, c := range w.batch.GetCounts() {
		byName[c.GetTable()] = c
	}
	var out []staged
	for _, t := range w.req.Dataset.InPublishOrder() {
		for _, d := range w.batch.GetTables() {
			if d.GetTable() == t.Name && d.GetCandidate() != nil && byName[t.Name] != nil {
				out = append(out, staged{t, relation.Of(d.GetCandidate().GetRelation()), byName[t.Name]})
			}
		}
	}
	return out
}

// belongs refuses a batch of another dataset than the request's.
func (w *work) belongs() error {
	if w.batch.GetDataset() == w.req.Dataset.Name {
		return nil
	}
	return problem.New(problem.InvalidRequest, "batch %s is of dataset %s, and the request is for %s",
		w.batch.GetId(), w.batch.GetDataset(), w.req.Dataset.Name).Violate("batch", "is of dataset %s", w.batch.GetDataset())
}

func (w *work) report(table, phase string, total int64) {
	w.req.Report(&stepv1.Progress{Table: table, Phase: phase, RowsTotal: total})
}

func (w *work) exec(ctx context.Context, sql string) error {
	_, err := w.conn.Exec(ctx, sql)
	return err
}
