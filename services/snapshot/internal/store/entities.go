package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/services/snapshot/internal/digest"
	"github.com/streamflow/streamflow/services/snapshot/internal/entityfile"
	"github.com/streamflow/streamflow/services/snapshot/internal/layout"
)

// EntitySet are the entity rows that a training set was built from.
type EntitySet struct {
	TrainingSet, Dataset, Name, Hash string
	Rows                             int64
}

const addEntitySetSQL = `
insert into sf_snapshot.training_set_entities (training_set, dataset, name, content_hash, rows)
values ($1, $2, $3, $4, $5)`

// AddEntitySet writes down what entity rows are, in the caller's transaction.
func AddEntitySet(ctx context.Context, q postgres.Querier, s EntitySet) error {
	if _, err := q.Exec(ctx, addEntitySetSQL, s.TrainingSet, s.Dataset, s.Name, s.Hash, s.Rows); err != nil {
		return fmt.Errorf("record the entity rows of %s: %w", s.TrainingSet, err)
	}
	return nil
}

// rowsAtOnce is how many rows one statement adds: more, and more is held in memory.
const rowsAtOnce = 5000

// addEntitiesSQL keeps each value as the text that equal values of its type share.
func addEntitiesSQL(columns []layout.Column) string {
	names, arrays := make([]string, len(columns)), make([]string, len(columns))
	typed, values := make([]string, len(columns)), make([]string, len(columns))
	for i, c := range columns {
		names[i], arrays[i] = fmt.Sprintf("t%d", i), fmt.Sprintf("$%d::text[]", i+5)
		typed[i] = fmt.Sprintf("%s::%s as v%d", names[i], c.Type.Cast(), i)
		values[i] = "(" + digest.Canonical(fmt.Sprintf("v%d", i), c.Type.Name) + ")::text"
	}
	return "insert into sf_snapshot.training_set_entity (training_set, as_of, line, event_timestamp, key)\n" +
		"select $1, as_of, line, at, array[" + strings.Join(values, ", ") + "]\n" +
		"from (select as_of, line, at, " + strings.Join(typed, ", ") +
		" from unnest($2::date[], $3::integer[], $4::timestamptz[], " + strings.Join(arrays, ", ") + ") r(as_of, line, at, " + strings.Join(names, ", ") + ")) r"
}

// entityRows are rows that are added by one statement, by column.
type entityRows struct {
	dates, moments []time.Time
	lines          []int32
	values         [][]*string
}

// AddEntities writes rows down, in the caller's transaction. What is held in memory does
// not grow with them.
func AddEntities(ctx context.Context, q postgres.Querier, set string, columns []layout.Column, each func(func(entityfile.Row) error) error) error {
	sql := addEntitiesSQL(columns)
	batch := entityRows{values: make([][]*string, len(columns))}
	flush := func() error {
		args := []any{set, batch.dates, batch.lines, batch.moments}
		for i, values := range batch.values {
			args = append(args, values)
			batch.values[i] = nil
		}
		batch.dates, batch.lines, batch.moments = nil, nil, nil
		if _, err := q.Exec(ctx, sql, args...); err != nil {
			return fmt.Errorf("keep the entity rows of %s: %w", set, err)
		}
		return nil
	}
	err := each(func(row entityfile.Row) error {
		batch.dates, batch.moments = append(batch.dates, row.AsOf), append(batch.moments, row.At)
		batch.lines = append(batch.lines, int32(row.Line))
		for i, v := range row.Values {
			batch.values[i] = append(batch.values[i], v)
		}
		if len(batch.lines) < rowsAtOnce {
			return nil
		}
		return flush()
	})
	if err != nil || len(batch.lines) == 0 {
		return err
	}
	return flush()
}

const entitiesTwiceSQL = `
select array_agg(line order by line)
from sf_snapshot.training_set_entity
where training_set = $1
group by key[1:$2], event_timestamp
having count(*) > 1
order by min(line)`

// EntitiesTwice returns the lines of each entity that stands more than once at a moment,
// by the first so many columns, the earliest first.
func EntitiesTwice(ctx context.Context, q postgres.Querier, set string, key int) ([][]int, error) {
	rows, err := q.Query(ctx, entitiesTwiceSQL, set, key)
	if err != nil {
		return nil, fmt.Errorf("look for entity rows that stand twice: %w", err)
	}
	twice, err := pgx.CollectRows(rows, pgx.RowTo[[]int])
	if err != nil {
		return nil, fmt.Errorf("look for entity rows that stand twice: %w", err)
	}
	return twice, nil
}

const hashEntitiesSQL = `
select 'h1:' || count(*) || ':' || coalesce(sum(hashtextextended(row(key, event_timestamp)::text, 0)), 0)
from sf_snapshot.training_set_entity
where training_set = $1`

// HashEntities hashes the rows that are kept under a set, whatever their order.
func HashEntities(ctx context.Context, q postgres.Querier, set string) (hash string, err error) {
	if err := q.QueryRow(ctx, hashEntitiesSQL, set).Scan(&hash); err != nil {
		return "", fmt.Errorf("hash the entity rows of %s: %w", set, err)
	}
	return hash, nil
}

const entitySetSQL = `
select training_set from sf_snapshot.training_set_entities
where dataset = $1 and content_hash = $2
order by training_set = $3 desc, training_set
limit 1`

// EntitySetOf returns the training set under which rows of a hash are kept, the one that is
// given before others; empty where none are.
func EntitySetOf(ctx context.Context, q postgres.Querier, dataset, hash, given string) (set string, err error) {
	err = q.QueryRow(ctx, entitySetSQL, dataset, hash, given).Scan(&set)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return "", fmt.Errorf("look for the entity rows %s: %w", hash, err)
	}
	return set, nil
}
