package stage

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/prose"
	"github.com/streamflow/streamflow/platform/relation"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/ingest/internal/store"
)

// warnOfLostColumns adds a warning where a file lacks optional columns that the file before
// it had, and live holds values of: they become NULL, and an extract that lost a column
// looks like one that never had it.
func (w *work) warnOfLostColumns(ctx context.Context, deliveries []*delivery) error {
	if w.published == "" || w.req.AsOf < w.published {
		return nil
	}
	last, err := store.LastPublished(ctx, w.Pool, w.req.Dataset.Name, w.published)
	if err != nil || last == nil {
		return err
	}
	// Of a restamp or a rollback the header is no file's.
	if last, err = deliveredBy(ctx, w.Stager, last.GetId()); err != nil || last == nil {
		return err
	}
	for _, d := range deliveries {
		lost := d.lost(last)
		if len(lost) == 0 {
			continue
		}
		counts, err := w.valuesOf(ctx, d, lost)
		if err != nil {
			return err
		}
		d.warnLost(lost, counts, w.published)
	}
	return nil
}

// lost are the optional columns that the file lacks, and that of the batch had.
func (d *delivery) lost(last *ingestv1.Batch) (columns []string) {
	i := slices.IndexFunc(last.GetTables(), func(t *stepv1.DeliveredTable) bool { return t.GetTable() == d.table.Name })
	if i < 0 || d.candidate() == nil {
		return nil
	}
	before := last.GetTables()[i].GetHeader()
	for _, c := range d.table.Columns {
		if !c.Optional || slices.Contains(d.header.GetHeader(), c.Name) {
			continue
		}
		had := slices.Contains(before, c.Name)
		for _, p := range d.table.Renames {
			had = had || p.To == c.Name && slices.Contains(before, p.From)
		}
		if had {
			columns = append(columns, c.Name)
		}
	}
	return columns
}

// notAsDeclared are the codes of a live table, or a column of it, that is not there, or that
// ingest may not read.
var notAsDeclared = []string{undefinedTable, undefinedColumn, insufficientPrivilege}

// valuesOf counts the values that live holds of columns.
func (w *work) valuesOf(ctx context.Context, d *delivery, columns []string) ([]int64, error) {
	open, err := d.names.Open(ctx, w.Pool, d.table.Live)
	if err != nil {
		return nil, err
	}
	var counted []string
	for _, c := range open.AllBefore(columns) {
		counted = append(counted, "count("+relation.Quote(c)+")")
	}
	counts := make([]int64, len(columns))
	into := make([]any, len(columns))
	for i := range counts {
		into[i] = &counts[i]
	}
	sql := fmt.Sprintf("select %s from %s", strings.Join(counted, ", "), d.table.Live.SQL())
	err = w.Pool.QueryRow(ctx, sql).Scan(into...)
	if slices.Contains(notAsDeclared, postgres.Code(err)) {
		return make([]int64, len(columns)), nil // which publishing says
	}
	if err != nil {
		return nil, fmt.Errorf("count the values that live holds of columns which %s lacks: %w", d.table.File, err)
	}
	return counts, nil
}

// warnLost adds one warning of all columns of which live holds values.
func (d *delivery) warnLost(columns []string, counts []int64, published string) {
	var said []string
	var all int64
	for i, c := range columns {
		if counts[i] > 0 {
			said = append(said, fmt.Sprintf("%s (%s)", c, prose.Count(counts[i], "value")))
			all += counts[i]
		}
	}
	if len(said) == 0 {
		return
	}
	expected := "the optional columns that the file of " + published + " had"
	found := "none of " + strings.Join(said, ", ")
	d.findings = append(d.findings, &stepv1.Finding{
		Reason: string(problem.ColumnsLost), Severity: datasetv1.Severity_SEVERITY_WARNING, Table: d.table.Name, File: d.table.File, Count: all,
		Expected: expected, Found: found,
		Action: "Ask whoever delivers the file where they went, and deliver it with them. Where they are gone for good, nothing is to be done: " +
			"what live holds of them becomes NULL, history keeps it under its dates, and the next file is not warned of.",
		Message: fmt.Sprintf("%s: expected %s, found %s: what the file delivers has NULL there", d.table.File, expected, found),
	})
}
