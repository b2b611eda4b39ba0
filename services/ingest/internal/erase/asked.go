package erase

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/dataset/nearest"
	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/prose"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/ingest/internal/declared"
	"github.com/streamflow/streamflow/services/ingest/internal/statement"
)

// tableOf is the table whose keys are asked for: the named one, or, without a name, the only
// one that refers to no other.
func tableOf(d *declared.Dataset, name string) (*declared.Table, error) {
	if t := d.Table(name); t != nil {
		return t, nil
	}
	var roots []*declared.Table
	names := make([]string, len(d.Tables))
	for i, t := range d.Tables {
		names[i] = t.Name
		if !refersToOthers(t) {
			roots = append(roots, t)
		}
	}
	all := strings.Join(names, ", ")
	switch {
	case name != "":
		return nil, refusal("table", "expected a table of dataset %s, which has %s, found %q%s", d.Name, all, name, nearest.Hint(name, names))
	case len(roots) != 1:
		return nil, refusal("table", "expected the table whose keys are erased, since %d of dataset %s refer to no other, found none; it has %s", len(roots), d.Name, all)
	}
	return roots[0], nil
}

func refersToOthers(t *declared.Table) bool {
	for _, r := range t.References {
		if r.Parent != t {
			return true
		}
	}
	return false
}

// columns are the keys column by column, as parameters, each held to its type. What is no
// key is named by its place, and not by its value.
func (e *Eraser) columns(ctx context.Context, t *declared.Table, asked []*stepv1.EraseKey) ([]any, error) {
	arrays := make([][]string, len(t.Key))
	for i, k := range asked {
		if len(k.GetValues()) != len(t.Key) {
			return nil, refusal(at(i+1), "expected keys of table %s as %s, such as %s, found %s in key number %d", t.Name, described(t), example(t), prose.Count(int64(len(k.GetValues())), "value"), i+1)
		}
		for j, v := range k.GetValues() {
			if strings.ContainsRune(v, 0) {
				return nil, refusal(at(i+1), "expected text, found a NUL character in key number %d", i+1)
			}
			arrays[j] = append(arrays[j], v)
		}
	}
	bad, err := e.firstBad(ctx, t, arrays, 0, len(asked))
	if err != nil {
		return nil, err
	}
	if bad > 0 {
		return nil, refusal(at(bad), "expected keys of table %s as %s, found key number %d to be none", t.Name, described(t), bad)
	}
	return parameters(arrays, 0, len(asked)), nil
}

// firstBad is the place, from 1, of the first of some keys that is none; 0 where all are.
func (e *Eraser) firstBad(ctx context.Context, t *declared.Table, arrays [][]string, from, to int) (int, error) {
	ok, err := e.areKeys(ctx, t, parameters(arrays, from, to))
	if ok || err != nil {
		return 0, err
	}
	for to-from > 1 {
		middle := (from + to) / 2
		if ok, err = e.areKeys(ctx, t, parameters(arrays, from, middle)); err != nil {
			return 0, err
		}
		if ok {
			from = middle
		} else {
			to = middle
		}
	}
	return to, nil
}

func (e *Eraser) areKeys(ctx context.Context, t *declared.Table, values []any) (bool, error) {
	var n int64
	err := e.Pool.QueryRow(ctx, statement.AreKeys(t), append([]any{pgx.QueryExecModeExec}, values...)...).Scan(&n)
	if strings.HasPrefix(postgres.Code(err), "22") { // no value of its type
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("look at the keys: %w", err)
	}
	return true, nil
}

func parameters(arrays [][]string, from, to int) []any {
	out := make([]any, len(arrays))
	for i, a := range arrays {
		out[i] = a[from:to]
	}
	return out
}

// described is what a key of a table looks like: (order_id bigint).
func described(t *declared.Table) string {
	parts := make([]string, len(t.Key))
	for i, k := range t.Key {
		c, _ := t.Column(k)
		parts[i] = k + " " + c.Type.String()
	}
	return "(" + strings.Join(parts, ", ") + ")"
}

// example is a key of a table as a record of CSV, made up: 1,"a, b",2024-01-31.
func example(t *declared.Table) string {
	values := make([]string, len(t.Key))
	for i, k := range t.Key {
		c, _ := t.Column(k)
		values[i] = c.Type.Example()
	}
	return strings.Join(values, ",")
}

func at(place int) string { return fmt.Sprintf("keys[%d]", place-1) }

func refusal(field, format string, args ...any) error {
	return problem.New(problem.EraseRefused, format, args...).Violate(field, format, args...)
}
