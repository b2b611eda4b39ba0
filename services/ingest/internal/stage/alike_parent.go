package stage

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/relation"
	"github.com/streamflow/streamflow/services/ingest/internal/statement"
)

// alikeParents finds, for orphans that are listed, the parent that their reference looks
// like. It returns them by the place of the orphan; what has none is left out.
func alikeParents(ctx context.Context, q postgres.Querier, orphans []orphan, parent *delivery) (map[int]keyAt, error) {
	a := statement.Alike{Table: parent.table, Texts: textsOf(parent.table)}
	wanted, strange := map[string][]int{}, parent.strange
	columns := make([][]string, len(a.Table.Key))
	for i, o := range orphans {
		form, odd := formOfKey(a, o.refers)
		strange = strange || odd
		name := joinKey(form)
		if wanted[name] = append(wanted[name], i); len(wanted[name]) == 1 {
			for j, v := range form {
				columns[j] = append(columns[j], v)
			}
		}
	}
	if !strange || len(a.Texts) == 0 {
		return nil, nil //nolint:nilnil // nothing looks like anything else
	}
	found := map[int]keyAt{}
	take := func(k keyAt) {
		form, _ := formOfKey(a, k.key)
		for _, i := range wanted[joinKey(form)] {
			found[i] = k
		}
	}
	from := relation.Of(parent.candidate().GetRelation())
	if err := eachKey(ctx, q, take, a.Strange(from, false)); err != nil {
		return nil, fmt.Errorf("look at the keys of %s: %w", from, err)
	}
	args := make([]any, len(columns))
	for i, c := range columns {
		args[i] = c
	}
	if err := eachKey(ctx, q, take, a.Among(from), args...); err != nil {
		return nil, fmt.Errorf("look for keys of %s: %w", from, err)
	}
	return found, nil
}

// formOfKey is a key with each text in its form.
func formOfKey(a statement.Alike, key []string) (form []string, odd bool) {
	form = append(form, key...)
	forms, odd := formsOf(a.Table, a.Texts, key)
	next := 0
	for i, k := range a.Table.Key {
		if next < len(a.Texts) && a.Texts[next] == k {
			form[i] = forms[next]
			next++
		}
	}
	return form, odd
}

// eachKey passes on every key that a query answers with.
func eachKey(ctx context.Context, q postgres.Querier, take func(keyAt), sql string, args ...any) error {
	rows, err := q.Query(ctx, sql, append([]any{pgx.QueryExecModeExec}, args...)...)
	if err != nil {
		return err
	}
	var k keyAt
	_, err = pgx.ForEachRow(rows, []any{&k.line, &k.key}, func() error {
		take(keyAt{k.line, append([]string(nil), k.key...)})
		return nil
	})
	return err
}
