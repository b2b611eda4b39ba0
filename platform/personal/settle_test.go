package personal_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/streamflow/streamflow/platform/personal"
	"github.com/streamflow/streamflow/platform/pgtest"
	"github.com/streamflow/streamflow/platform/relation"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

var rows = relation.Relation{Schema: "public", Name: "People of \"one\" shop"}

// inDatabase makes a table of as many people as say, of whom many share their street.
func inDatabase(t *testing.T, people, streets int) *pgtest.Database {
	t.Helper()
	db := pgtest.New(t)
	db.Exec(t, "create table "+rows.SQL()+" as select 'u-' || n as id, 'street ' || n % "+fmt.Sprint(streets)+
		" as email, n as age from generate_series(1, "+fmt.Sprint(people)+") n; grant select on "+rows.SQL()+" to sf_ingest")
	return db
}

func TestAColumnOfFewValuesHasNoTokens(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		people, streets int
		id, street      bool // shown
	}{
		"few streets":   {200, 49, true, false},
		"just enough":   {200, 50, true, true},
		"few people":    {49, 49, false, false},
		"nobody":        {0, 1, false, false},
		"fifty of each": {50, 50, true, true},
	} {
		db := inDatabase(t, tc.people, tc.streets)
		veil := keys(t, personal.NewKey()).Veil(people)
		id, street := veil.Value("id", "u-1"), veil.Value("email", "street 1")

		settled, err := veil.Settle(t.Context(), db.Pool(t, "sf_ingest"), rows)

		require.NoError(t, err, name)
		require.Equal(t, or(tc.id, id), settled.Text(id), name)
		require.Equal(t, or(tc.street, street), settled.Text(street), name)
		require.Equal(t, "found \""+or(tc.street, street)+"\" of "+or(tc.id, id), settled.Text("found \""+street+"\" of "+id), name)

		before, err := veil.Before(t.Context(), db.Pool(t, "sf_ingest"), rows, []string{"id", "email", "age"})
		require.NoError(t, err, name)
		require.Equal(t, or(tc.street, veil.Value("email", "street 7")), before.Value("email", "street 7"), name)
		require.Equal(t, "7", before.Value("age", "7"), name)
	}
}

func or(shown bool, token string) string {
	if shown {
		return token
	}
	return personal.Hidden
}

// A sentence cuts what it quotes: of a token that is hidden no beginning is left either.
func TestHalfATokenIsHidden(t *testing.T) {
	t.Parallel()
	veil := keys(t, personal.NewKey()).Veil(people)
	token := veil.Value("id", "u-1")
	settled, err := veil.Settle(t.Context(), nil, relation.Relation{})
	require.NoError(t, err, "without rows there are no values")
	for _, cut := range []int{len("pii:"), len("pii:ab"), len("pii:abcd:"), len(token) - 1, len(token)} {
		said := settled.Text("the first \"" + token[:cut] + "…\"")
		require.Contains(t, []string{"the first \"(hidden)\"", "the first \"(hidden)…\""}, said)
	}
	require.Equal(t, "pii:0000:0123456789abcdef", settled.Text("pii:0000:0123456789abcdef"), "a token of another table stays")
}

// Whatever a message is made of, no text of it is passed over.
func TestEveryTextOfAMessageIsSettled(t *testing.T) {
	t.Parallel()
	veil := keys(t, personal.NewKey()).Veil(people)
	token := veil.Value("id", "u-1")
	settled, err := veil.Settle(t.Context(), nil, relation.Relation{})
	require.NoError(t, err)
	f := &stepv1.Finding{
		Message: "found " + token, Found: token, Count: 7,
		Rows:    []*stepv1.RowLocation{{Key: []string{token, "d"}, Value: token, Line: 3}},
		Follows: []*stepv1.Finding{{Expected: "no " + token}},
	}
	settled.Message(f)
	require.Equal(t, "found (hidden)", f.GetMessage())
	require.Equal(t, []string{"(hidden)", "d"}, f.GetRows()[0].GetKey())
	require.Equal(t, "(hidden)", f.GetRows()[0].GetValue())
	require.Equal(t, "no (hidden)", f.GetFollows()[0].GetExpected())
	require.EqualValues(t, 7, f.GetCount())

	free, err := structpb.NewStruct(map[string]any{"a": token, "b": []any{token, 1.0, map[string]any{"c": token}}})
	require.NoError(t, err)
	settled.Message(free)
	require.Equal(t, map[string]any{"a": "(hidden)", "b": []any{"(hidden)", 1.0, map[string]any{"c": "(hidden)"}}}, free.AsMap())

	var open personal.Settled
	open.Message(f)
	require.Equal(t, token, open.Text(token))
	require.Equal(t, "u-1", open.Value("id", "u-1"))
}

func TestAnUnreadableTableIsAnError(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	veil := keys(t, personal.NewKey()).Veil(people)
	_ = veil.Value("id", "u-1")
	_, err := veil.Settle(t.Context(), db.Pool(t, "sf_ingest"), rows)
	require.ErrorContains(t, err, "count the values of personal columns")
}
