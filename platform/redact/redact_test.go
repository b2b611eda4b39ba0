package redact_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/redact"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

func keys() *redact.Keys {
	k := &redact.Keys{}
	k.Add("users", []string{"u1"})
	k.Add("users", []string{`say "hi"`})
	k.Add("lines", []string{"7", "2"})
	k.Add("users", []string{strings.Repeat("long ", 60)})
	k.Alias("users_snapshots", "users")
	k.Refer("orders", "users")
	return k
}

func TestSentencesLoseWhatTheyQuote(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ table, sentence, want string }{
		"a key":                  {"users", `expected each key once, found "u1" twice`, `expected each key once, found (erased) twice`},
		"of a child":             {"orders", `"u1" is no user`, `(erased) is no user`},
		"of another table":       {"plans", `plan "u1"`, `plan "u1"`},
		"of all tables":          {"", `"7, 2" and "u1"`, `(erased) and (erased)`},
		"of two columns":         {"lines", `found "7, 2" on line 3`, `found (erased) on line 3`},
		"part of two columns":    {"lines", `found "7"`, `found "7"`},
		"with quotes inside":     {"users", `found "say \"hi\"", twice`, `found (erased), twice`},
		"a longer text":          {"users", `found "u12"`, `found "u12"`},
		"without quotes":         {"users", `found u1`, `found u1`},
		"cut, as sentences have": {"users", `found "` + strings.Repeat("long ", 8) + `…"`, `found (erased)`},
		"a quote that is open":   {"users", `found "u1`, `found "u1`},
		"none":                   {"users", ``, ``},
		"as PostgreSQL has it":   {"", `refused: Key (id)=(u1) already exists.`, `refused: Key (id)=((erased)) already exists.`},
		"with its date":          {"", `Key (a, b, as_of)=(7, 2, 2024-01-31) is still referenced from table "x".`, `Key (a, b, as_of)=((erased), 2024-01-31) is still referenced from table "x".`},
		"another, so":            {"", `Key (id)=(u12) is not present in table "users".`, `Key (id)=(u12) is not present in table "users".`},
	} {
		got, found := keys().Text(tc.table, tc.sentence)

		require.Equal(t, tc.want, got, name)
		require.Equal(t, tc.want != tc.sentence, found, name)
	}
}

func TestFindingsLoseTheirRows(t *testing.T) {
	t.Parallel()
	f := &stepv1.Finding{Table: "users", Count: 9, Message: `the first "u1"`, Rows: []*stepv1.RowLocation{
		{Line: 1, Key: []string{"u1"}}, {Line: 2, Key: []string{"u2"}, Detail: `like "u1"`}, {Line: 3, Key: []string{strings.Repeat("long ", 40) + "…"}},
	}, Follows: []*stepv1.Finding{{Table: "orders", Rows: []*stepv1.RowLocation{{Line: 4, Key: []string{"u1"}, Value: "u1"}, {Line: 5, Key: []string{"2"}, Value: "ok"}}}}}

	n := keys().Findings([]*stepv1.Finding{f})

	require.Equal(t, 5, n)
	require.Equal(t, []int64{2}, []int64{f.GetRows()[0].GetLine()})
	require.Equal(t, "like (erased)", f.GetRows()[0].GetDetail())
	require.EqualValues(t, 9, f.GetCount())
	require.Len(t, f.GetFollows()[0].GetRows(), 2, "u1 of orders is another key")
	require.Equal(t, redact.Mark, f.GetFollows()[0].GetRows()[0].GetValue())
	require.Zero(t, keys().Findings([]*stepv1.Finding{f}), "twice is once")
}

// The value that only an erased row is known to have goes from the sentence as well.
func TestSentencesLoseTheValuesOfRows(t *testing.T) {
	t.Parallel()
	f := &stepv1.Finding{Table: "users", Message: `found "a@x", "b@x"`, Found: `"a@x", "b@x"`, Expected: `none of "a@x"`, Rows: []*stepv1.RowLocation{
		{Key: []string{"u1"}, Value: "a@x"}, {Key: []string{"u2"}, Value: "b@x"},
	}}

	require.Equal(t, 1, keys().Findings([]*stepv1.Finding{f}))
	require.Equal(t, `found (erased), "b@x"`, f.GetMessage())
	require.Equal(t, `(erased), "b@x"`, f.GetFound())
	require.Equal(t, `none of "a@x"`, f.GetExpected(), "the rule is the dataset's")
}

func TestRestatementsLoseTheirRows(t *testing.T) {
	t.Parallel()
	s := &stepv1.RestatedSnapshot{Snapshot: "users_snapshots", Changed: 2, First: []*stepv1.RestatedRow{{Key: []string{"u1"}}, {Key: []string{"u2"}}}}
	other := &stepv1.RestatedSnapshot{Snapshot: "plans_snapshots", First: []*stepv1.RestatedRow{{Key: []string{"u1"}}}}

	require.Equal(t, 1, keys().Restated([]*stepv1.RestatedSnapshot{s, other}))
	require.Len(t, s.GetFirst(), 1)
	require.EqualValues(t, 2, s.GetChanged())
	require.Len(t, other.GetFirst(), 1)
	require.False(t, (&redact.Keys{}).Has("users", []string{"u1"}))
}

func FuzzText(f *testing.F) {
	for _, s := range []string{`"u1"`, `a "u1" b "x`, `"say \"hi\""`, `\"`, "\"\\", "\"\xff\""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, sentence string) {
		got, found := keys().Text("", sentence)
		if again, more := keys().Text("", got); more {
			t.Fatalf("%q became %q and then %q", sentence, got, again)
		}
		if !found && got != sentence {
			t.Fatalf("%q became %q, and nothing was found", sentence, got)
		}
	})
}
