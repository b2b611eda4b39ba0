package restore

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/relation"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	"github.com/streamflow/streamflow/services/snapshot/internal/assemble"
)

// reader may read what is restored, as it may what is stamped.
const reader = "sf_reader"

// writeTable makes one table and fills it in the order of its key. Its rows are verified
// before, so that what is written is what was stamped.
func (o Order) writeTable(ctx context.Context, tx pgx.Tx, from assemble.Table) (Table, error) {
	t := Table{Table: from, Relation: relation.Relation{Schema: o.Into, Name: from.Declared.GetName()}}
	if err := from.Verify(ctx, tx.Conn()); err != nil {
		return t, err
	}
	if _, err := tx.Exec(ctx, t.create()); err != nil {
		return t, postgres.RefusedMaking(err, problem.SchemaRefused)
	}
	if err := postgres.LeftAlone(ctx, tx.Conn(), t.Relation, problem.SchemaRefused); err != nil {
		return t, err
	}
	tag, err := tx.Exec(ctx, t.fill())
	if err != nil {
		return t, err
	}
	t.Rows = tag.RowsAffected()
	for _, e := range from.Revisions() {
		if e.Rows != t.Rows {
			return t, problem.New(problem.RevisionChanged,
				"revision %d of %s holds %d rows, and %d of them have one in every snapshot of table %s: they are not of one delivery",
				e.Revision, e.Snapshot, e.Rows, t.Rows, t.Declared.GetName()).
				Violate(e.Snapshot, "holds %d rows, and %d are in every snapshot of the table", e.Rows, t.Rows)
		}
	}
	_, err = tx.Exec(ctx, fmt.Sprintf("alter table %[1]s add primary key (%[2]s); grant select on %[1]s to %[3]s",
		t.Relation.SQL(), relation.QuoteAll(t.Declared.GetKey()), reader))
	return t, err
}

func (t Table) create() string {
	lines := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		lines[i] = "    " + relation.Quote(c.Name) + " " + c.Type.SQL()
	}
	return fmt.Sprintf("create table %s (\n%s\n)", t.Relation.SQL(), strings.Join(lines, ",\n"))
}

func (t Table) fill() string {
	var names, order []string
	for _, c := range t.Columns {
		names = append(names, c.Name)
	}
	for _, k := range t.Declared.GetKey() {
		name := relation.Quote(k)
		if i := slices.Index(names, k); i >= 0 && t.Columns[i].Type.IsText() {
			name += ` collate "C"`
		}
		order = append(order, name)
	}
	columns := relation.QuoteAll(names)
	return fmt.Sprintf("insert into %s (%s)\nselect %s from (%s) r\norder by %s",
		t.Relation.SQL(), columns, columns, t.Table.Rows(), strings.Join(order, ", "))
}

// refer gives the tables their references. One that does not hold, or whose other table or
// columns are not there, is left out, and that is said.
func (r *Restored) refer(ctx context.Context, tx pgx.Tx) error {
	for i := range r.Tables {
		t := &r.Tables[i]
		for _, ref := range t.Declared.GetReferences() {
			said := fmt.Sprintf("(%s) → %s", strings.Join(ref.GetColumns(), ", "), ref.GetTable())
			why, err := r.make(ctx, tx, t, ref)
			if err != nil {
				return fmt.Errorf("reference %s of %s: %w", said, t.Relation, err)
			}
			if why != "" {
				t.LeftOut = append(t.LeftOut, said+": "+why)
				continue
			}
			t.References = append(t.References, said)
		}
	}
	return nil
}

// make makes one reference; why says why it is left out.
func (r *Restored) make(ctx context.Context, tx pgx.Tx, t *Table, ref *datasetv1.Reference) (why string, err error) {
	for _, c := range ref.GetColumns() {
		if slices.Contains(t.Lacks, c) {
			return "no snapshot carries " + c, nil
		}
	}
	p := slices.IndexFunc(r.Tables, func(other Table) bool { return other.Declared.GetName() == ref.GetTable() })
	if p < 0 {
		if r.then {
			return "nothing of " + ref.GetTable() + " was known then", nil
		}
		return "no snapshot of " + ref.GetTable() + " is stamped", nil
	}
	parent := r.Tables[p]
	sql := fmt.Sprintf("alter table %s add foreign key (%s) references %s (%s)",
		t.Relation.SQL(), relation.QuoteAll(ref.GetColumns()), parent.Relation.SQL(), relation.QuoteAll(parent.Declared.GetKey()))
	err = pgx.BeginFunc(ctx, tx, func(tx pgx.Tx) error { // a savepoint
		_, err := tx.Exec(ctx, sql)
		return err
	})
	if postgres.Code(err) == foreignKeyViolation {
		if len(r.LeftBehind) > 0 {
			return "rows of it have none there: they are of two deliveries", nil
		}
		return "rows of it have none there", nil
	}
	return "", err
}

const foreignKeyViolation = "23503"
