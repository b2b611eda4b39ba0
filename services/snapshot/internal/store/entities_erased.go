package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/relation"
)

// BroughtSet is a training set that was built from entity rows which somebody brought.
type BroughtSet struct{ ID, Manifest string }

const broughtSetsSQL = `
select s.id, s.manifest
  from sf_snapshot.training_set_entities e
  join sf_snapshot.training_set s on s.id = e.training_set
 where e.dataset = $1 order by s.id`

// BroughtSets returns those of a dataset, the oldest first.
func BroughtSets(ctx context.Context, q postgres.Querier, dataset string) ([]BroughtSet, error) {
	rows, err := q.Query(ctx, broughtSetsSQL, dataset)
	if err != nil {
		return nil, fmt.Errorf("look for entity rows: %w", err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByPos[BroughtSet])
	if err != nil {
		return nil, fmt.Errorf("look for entity rows: %w", err)
	}
	return all, nil
}

// Mention says which values of entity rows are together the key of a row of a table.
type Mention struct {
	Table string
	// Values are in the order of the table's key.
	Values []MentionedValue
}

// MentionedValue is one of an entity row: its place, from 1, and the type of the key's column.
type MentionedValue struct {
	Place int
	Cast  string
}

// KeysOf are the keys of a run of erase, and the table in which they stand.
type KeysOf struct {
	In  relation.Relation
	Run string
}

func (m Mention) values(of string) string {
	all := make([]string, len(m.Values))
	for i, v := range m.Values {
		all[i] = fmt.Sprintf("%s[%d]::%s", of, v.Place, v.Cast)
	}
	return strings.Join(all, ", ")
}

// keys are those of the table, of the parameter that names it.
func (m Mention) keys(in relation.Relation, table string) string {
	all := make([]string, len(m.Values))
	for i, v := range m.Values {
		all[i] = fmt.Sprintf("key[%d]::%s as k%d", i+1, v.Cast, i)
	}
	return fmt.Sprintf("select key as sf_key, place, %s from %s where run = $2 and table_name = %s and cardinality(key) = %d", strings.Join(all, ", "), in.SQL(), table, len(all))
}

func (m Mention) names() string {
	all := make([]string, len(m.Values))
	for i := range all {
		all[i] = fmt.Sprintf("k%d", i)
	}
	return strings.Join(all, ", ")
}

// mentioning is a condition on entity rows e of the set $1: that they mention one of the keys
// of the run $2.
func (k KeysOf) mentioning(set string, mentions []Mention) (sql string, args []any) {
	args = []any{pgx.QueryExecModeExec, set, k.Run}
	each := make([]string, len(mentions))
	for i, m := range mentions {
		args = append(args, m.Table)
		each[i] = fmt.Sprintf("(%s) in (select %s from (%s) k)", m.values("e.key"), m.names(), m.keys(k.In, fmt.Sprintf("$%d", i+3)))
	}
	return "e.training_set = $1 and (" + strings.Join(each, " or ") + ")", args
}

// CountMentioning counts the entity rows of a set that mention one of the keys.
func (k KeysOf) CountMentioning(ctx context.Context, q postgres.Querier, set string, mentions []Mention) (n int64, err error) {
	where, args := k.mentioning(set, mentions)
	if err := q.QueryRow(ctx, "select count(*) from sf_snapshot.training_set_entity e where "+where, args...).Scan(&n); err != nil {
		return 0, fmt.Errorf("look into the entity rows of %s: %w", set, err)
	}
	return n, nil
}

// SeeMentioned marks the keys that were asked for and that entity rows of a set mention.
func (k KeysOf) SeeMentioned(ctx context.Context, q postgres.Querier, set string, m Mention) error {
	sql := fmt.Sprintf(`with k as materialized (%s and place is not null and not seen)
update %s o set seen = true from k where o.run = $2 and o.table_name = $3 and o.key = k.sf_key
   and (%s) in (select %s from sf_snapshot.training_set_entity e where e.training_set = $1)`, m.keys(k.In, "$3"), k.In.SQL(), m.names(), m.values("e.key"))
	if _, err := q.Exec(ctx, sql, pgx.QueryExecModeExec, set, k.Run, m.Table); err != nil {
		return fmt.Errorf("look for the keys in the entity rows of %s: %w", set, err)
	}
	return nil
}

const entitiesErasedSQL = `
insert into sf_snapshot.entities_erased (training_set, run, requested_by, reason, rows) values ($1, $2, $3, $4, $5)`

// EraseMentioning takes the entity rows of a set away that mention one of the keys, and
// records so: there have to be as many as were counted.
func (k KeysOf) EraseMentioning(ctx context.Context, q postgres.Querier, e EntitiesErased, mentions []Mention) error {
	if _, err := q.Exec(ctx, entitiesErasedSQL, e.TrainingSet, k.Run, e.RequestedBy, e.Reason, e.Rows); err != nil {
		return fmt.Errorf("record what was erased of the entity rows of %s: %w", e.TrainingSet, err)
	}
	where, args := k.mentioning(e.TrainingSet, mentions)
	tag, err := q.Exec(ctx, "delete from sf_snapshot.training_set_entity e where "+where, args...)
	if err == nil && tag.RowsAffected() != e.Rows {
		err = fmt.Errorf("expected %d to go, found %d", e.Rows, tag.RowsAffected())
	}
	if err != nil {
		return fmt.Errorf("erase entity rows of %s: %w", e.TrainingSet, err)
	}
	return nil
}

// EntitiesErased is what an erase took out of the entity rows of a set.
type EntitiesErased struct {
	TrainingSet              string
	Rows                     int64
	Run, RequestedBy, Reason string
	At                       time.Time
}

const erasedOfEntitiesSQL = `
select training_set, rows, run, requested_by, reason, erased_at
  from sf_snapshot.entities_erased where training_set = any ($1) order by erased_at, run`

// ErasedOfEntities returns what erases took out of the entity rows of sets, the first one
// first.
func ErasedOfEntities(ctx context.Context, q postgres.Querier, sets ...string) ([]EntitiesErased, error) {
	rows, err := q.Query(ctx, erasedOfEntitiesSQL, sets)
	if err != nil {
		return nil, fmt.Errorf("read what was erased of the entity rows of %s: %w", strings.Join(sets, ", "), err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByPos[EntitiesErased])
	if err != nil {
		return nil, fmt.Errorf("read what was erased of the entity rows of %s: %w", strings.Join(sets, ", "), err)
	}
	return all, nil
}
