package personal

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/proto"

	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/relation"
)

// Fewest is how many different values a column has at least where tokens of them are shown:
// of fewer, how often each token stands tells which value it is.
const Fewest = 50

func tokenPrefix(found string) string { return strings.TrimSuffix(found, "…") }

// Settled says what may be shown of a veiled table. The zero value shows what it is given.
type Settled struct {
	veil *Veil
	few  map[string]bool
}

// Settle counts the values of the columns of which a token was made, in a relation of the
// table's rows, as far as it matters, and returns what may be shown of them. No relation has
// no values. It reads nothing where there are no tokens.
func (v *Veil) Settle(ctx context.Context, q postgres.Querier, rows relation.Relation) (Settled, error) {
	if v == nil {
		return Settled{}, nil
	}
	return v.settle(ctx, q, rows, v.shownColumns())
}

// Before settles before any value is shown what may be of columns of the relation: so it is
// for values that are too many to be remembered.
func (v *Veil) Before(ctx context.Context, q postgres.Querier, rows relation.Relation, columns []string) (Settled, error) {
	if v == nil {
		return Settled{}, nil
	}
	return v.settle(ctx, q, rows, slices.DeleteFunc(slices.Clone(columns), func(c string) bool { return !v.personal[c] }))
}

func (v *Veil) settle(ctx context.Context, q postgres.Querier, rows relation.Relation, columns []string) (Settled, error) {
	s := Settled{veil: v, few: map[string]bool{}}
	for _, c := range columns {
		s.few[c] = true
	}
	if len(columns) == 0 || rows.Name == "" {
		return s, nil
	}
	counts := make([]string, len(columns))
	for i, c := range columns {
		counts[i] = fmt.Sprintf("(select count(*) from (select distinct %s from %s limit %d) d)", relation.Quote(c), rows.SQL(), Fewest)
	}
	n := make([]int64, len(columns))
	if err := q.QueryRow(ctx, "select array["+strings.Join(counts, ", ")+"]", pgx.QueryExecModeExec).Scan(&n); err != nil {
		return s, fmt.Errorf("count the values of personal columns of %s: %w", rows, err)
	}
	for i, c := range columns {
		s.few[c] = n[i] < Fewest
	}
	return s, nil
}

// shownColumns are those of which a token was made, in the order of their names.
func (v *Veil) shownColumns() []string {
	v.mu.Lock()
	defer v.mu.Unlock()
	var columns []string
	for _, of := range v.issued {
		if !slices.Contains(columns, of.column) {
			columns = append(columns, of.column)
		}
	}
	slices.Sort(columns)
	return columns
}

// Value is how a value of a column is shown, of those that were settled before.
func (s Settled) Value(column, value string) string {
	if s.veil == nil || !s.veil.personal[column] {
		return value
	}
	key, ok := s.veil.keys.Newest()
	if few, known := s.few[column]; !ok || few || !known {
		return Hidden
	}
	return key.token(s.veil.table.Dataset, value)
}

// Text is a text as it may be shown.
func (s Settled) Text(text string) string {
	if s.veil == nil {
		return text
	}
	return s.veil.shown(text, s.few)
}

// Message changes every text of a message, and of those in it, into what may be shown. Where a
// message keeps sealed values, those that were shown or hidden are put there, encrypted.
func (s Settled) Message(m proto.Message) {
	if s.veil == nil {
		return
	}
	s.rewrite(m.ProtoReflect())
}
