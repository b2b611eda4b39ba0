package redact_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/redact"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

// sealed are values at their places; what is sealed here is the text itself.
func sealed(atAndValue ...string) *stepv1.SealedValues {
	s := &stepv1.SealedValues{}
	for i := 0; i < len(atAndValue); i += 2 {
		s.Values = append(s.Values, &stepv1.SealedValue{At: atAndValue[i], Value: []byte(atAndValue[i+1])})
	}
	return s
}

func opening(k *redact.Keys) *redact.Keys {
	k.Opens(func(v *stepv1.SealedValue) (string, bool) {
		return string(v.GetValue()), string(v.GetValue()) != "lost"
	})
	return k
}

// Where nothing of a key is shown, its row is found by what is sealed beside it: that of another
// person stays.
func TestHiddenRowsOfAKeyGo(t *testing.T) {
	t.Parallel()
	const hidden = "(hidden)"
	f := &stepv1.Finding{Table: "users", Message: "the first \"(hidden)\"", Sealed: sealed("message", "u1", "found", "u2"), Rows: []*stepv1.RowLocation{
		{Line: 1, Key: []string{hidden}, Sealed: sealed("key.0", "u1", "value", "of u1")},
		{Line: 2, Key: []string{hidden}, Sealed: sealed("key.0", "u2", "detail", "u1")},
		{Line: 3, Key: []string{hidden}, Sealed: sealed("key.0", "lost")},
	}, Follows: []*stepv1.Finding{{Table: "lines", Rows: []*stepv1.RowLocation{
		{Line: 4, Key: []string{hidden, "2"}, Sealed: sealed("key.0", "7")},
		{Line: 5, Key: []string{hidden, "3"}, Sealed: sealed("key.0", "70")},
		{Line: 6, Key: []string{hidden, "3"}, Sealed: sealed("key.9", "7", "key.x", "7")},
	}}}}

	n := opening(keys()).Findings([]*stepv1.Finding{f})

	require.Positive(t, n)
	lines := func(rows []*stepv1.RowLocation) (all []int64) {
		for _, r := range rows {
			all = append(all, r.GetLine())
		}
		return all
	}
	require.Equal(t, []int64{2, 3}, lines(f.GetRows()))
	require.Equal(t, []int64{5, 6}, lines(f.GetFollows()[0].GetRows()))
	require.NotContains(t, f.String(), "u1", "no sentence keeps it either")
	require.Len(t, f.GetSealed().GetValues(), 1, "that of another stays")
	require.Zero(t, opening(keys()).Findings([]*stepv1.Finding{f}), "done twice it does nothing more")
}

// A restated row goes by what is sealed of its key, and what nobody can open by its token.
func TestRestatedRowsAndTokensGo(t *testing.T) {
	t.Parallel()
	s := &stepv1.RestatedSnapshot{Snapshot: "users_snapshots", First: []*stepv1.RestatedRow{
		{Key: []string{"(hidden)"}, Sealed: sealed("key.0", "u1")}, {Key: []string{"(hidden)"}, Sealed: sealed("key.0", "u2")}, {Key: []string{"(hidden)"}},
	}}
	require.Equal(t, 1, opening(keys()).Restated([]*stepv1.RestatedSnapshot{s}))
	require.Len(t, s.GetFirst(), 2)

	k := keys()
	k.Add("users", []string{"pii:token"})
	f := &stepv1.Finding{Sealed: &stepv1.SealedValues{Values: []*stepv1.SealedValue{{Token: "pii:token", Value: []byte("?")}, {Token: "pii:other", Value: []byte("?")}}}}
	require.Equal(t, 1, k.Findings([]*stepv1.Finding{f}))
	require.Equal(t, "pii:other", f.GetSealed().GetValues()[0].GetToken())
}
