package personal_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/streamflow/streamflow/platform/personal"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/relation"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

// sealedIn is a row of people as it is stored once its values are settled, and what its tokens
// were.
func sealedIn(t *testing.T, k *personal.Keys, id, email string) (row *stepv1.RowLocation, tokens []string) {
	t.Helper()
	of := people
	of.Name = "people"
	veil := k.Veil(of)
	row = &stepv1.RowLocation{
		File: "people.csv", Line: 7, Key: veil.Key([]string{id, "2024-01-31"}), Column: "email", Value: veil.Value("email", email),
		Detail: "is that of \"" + veil.Value("id", id) + "\" as well",
	}
	tokens = []string{veil.Value("id", id), veil.Value("email", email)}
	settled, err := veil.Settle(t.Context(), nil, relation.Relation{})
	require.NoError(t, err)
	settled.Message(row)
	return row, tokens
}

// Of a column of which nothing is shown the value is kept all the same, and opens as what it
// was: beside the row it is of, by its place there.
func TestWhatIsHiddenIsSealed(t *testing.T) {
	t.Parallel()
	k := keys(t, personal.NewKey())
	row, _ := sealedIn(t, k, "u-1", "ann@example.org")
	require.Equal(t, []string{personal.Hidden, "2024-01-31"}, row.GetKey())
	require.NotContains(t, row.String(), "ann@example.org")

	of := personal.Unmasking{Keys: k, Dataset: "shop"}
	require.NoError(t, of.Take(3, "", row))
	got, err := of.Values()

	require.NoError(t, err)
	var said []string
	for _, v := range got {
		require.Equal(t, "people.csv", v.GetFile())
		require.EqualValues(t, 7, v.GetLine())
		require.EqualValues(t, 3, v.GetNumber())
		require.Equal(t, "people", v.GetTable())
		said = append(said, v.GetAt()+" "+v.GetColumn()+" "+v.GetShown()+" "+v.GetValue())
	}
	require.Equal(t, []string{"key.0 id (hidden) u-1", "value email (hidden) ann@example.org", "detail id (hidden) u-1"}, said)
}

// Where tokens are shown, a value is found by its token.
func TestAShownValueIsUnmaskedByItsToken(t *testing.T) {
	t.Parallel()
	k := keys(t, personal.NewKey())
	db := inDatabase(t, 200, 60)
	veil := k.Veil(people)
	f := &stepv1.Finding{Message: "found \"" + veil.Value("id", "u-1") + "\"", Rows: []*stepv1.RowLocation{{Key: []string{veil.Value("id", "u-1"), "d"}}, {Key: []string{veil.Value("id", "u-2"), "d"}}}}
	settled, err := veil.Settle(t.Context(), db.Pool(t, "sf_ingest"), rows)
	require.NoError(t, err)
	settled.Message(f)
	settled.Message(f) // twice over the same seals nothing twice
	require.Len(t, f.GetSealed().GetValues(), 1)

	of := personal.Unmasking{Keys: k, Dataset: "shop", Shown: veil.Value("id", "u-2")}
	require.NoError(t, of.Take(1, "", f))
	got, err := of.Values()

	require.NoError(t, err)
	require.Len(t, got, 1)
	require.Equal(t, "u-2", got[0].GetValue())
	require.Equal(t, f.GetRows()[1].GetKey()[0], got[0].GetShown())
}

// What is stored tells nothing: not how often a value stands, and not a value that was moved
// to where somebody else may see it.
func TestASealedValueIsOfItsOwnColumnAlone(t *testing.T) {
	t.Parallel()
	k := keys(t, personal.NewKey())
	row, _ := sealedIn(t, k, "u-1", "u-1")
	one, other := row.GetSealed().GetValues()[0], row.GetSealed().GetValues()[1]
	require.NotEqual(t, one.GetValue(), other.GetValue())
	value, err := k.Unseal("shop", one)
	require.NoError(t, err)
	require.Equal(t, "u-1", value)
	for name, change := range map[string]func(v *stepv1.SealedValue) (dataset string){
		"another dataset":       func(*stepv1.SealedValue) string { return "inn" },
		"another table":         func(v *stepv1.SealedValue) string { v.Table = "guests"; return "shop" },
		"another column":        func(v *stepv1.SealedValue) string { v.Column = "segment"; return "shop" },
		"a border that moved":   func(v *stepv1.SealedValue) string { v.Table, v.Column = "peoplei", "d"; return "shop" },
		"a byte of another":     func(v *stepv1.SealedValue) string { v.Value[20] ^= 1; return "shop" },
		"a tag that is cut off": func(v *stepv1.SealedValue) string { v.Value = v.GetValue()[:len(v.GetValue())-1]; return "shop" },
		"half a nonce":          func(v *stepv1.SealedValue) string { v.Value = v.GetValue()[:5]; return "shop" },
		"nothing":               func(v *stepv1.SealedValue) string { v.Value = nil; return "shop" },
	} {
		v := proto.CloneOf(one)
		_, err := k.Unseal(change(v), v)
		require.ErrorContains(t, err, "found it changed", name)
		require.NotContains(t, err.Error(), "u-1")
		of := personal.Unmasking{Keys: k, Dataset: change(proto.CloneOf(one))}
		require.Error(t, of.Take(1, "", &stepv1.RowLocation{Sealed: &stepv1.SealedValues{Values: []*stepv1.SealedValue{v}}}), name)
	}
}

// A new key encrypts from then on; every one that is in the file decrypts. Of one that is gone
// its ID is named, and nothing is half told.
func TestEveryKeyOfTheFileOpens(t *testing.T) {
	t.Parallel()
	older, newer := personal.NewKey(), personal.NewKey()
	was, _ := sealedIn(t, keys(t, older), "u-1", "a")
	is, _ := sealedIn(t, keys(t, older, newer), "u-1", "a")
	newest, ok := keys(t, newer).Newest()
	require.True(t, ok)
	require.Equal(t, newest.ID, is.GetSealed().GetValues()[0].GetKeyId())
	require.NotEqual(t, newest.ID, was.GetSealed().GetValues()[0].GetKeyId())
	for name, tc := range map[string]struct {
		keys  *personal.Keys
		opens int
	}{"both": {keys(t, older, newer), 6}, "the newer alone": {keys(t, newer), 0}, "none": {nil, 0}} {
		of := personal.Unmasking{Keys: tc.keys, Dataset: "shop"}
		require.NoError(t, of.Take(1, "", was), name)
		require.NoError(t, of.Take(2, "", is), name)
		got, err := of.Values()
		require.Len(t, got, tc.opens, name)
		if tc.opens == 0 {
			require.True(t, problem.Is(err, problem.PersonalKeyMissing), name)
			require.ErrorContains(t, err, was.GetSealed().GetValues()[0].GetKeyId())
		}
	}
}

// Without a key nothing is sealed, as nothing is shown; a row of nobody has none either.
func TestWithoutAKeyNothingIsSealed(t *testing.T) {
	t.Parallel()
	row, _ := sealedIn(t, nil, "u-1", "a")
	require.Nil(t, row.GetSealed())
	require.NotContains(t, row.String(), "u-1")
	settled, err := keys(t, personal.NewKey()).Veil(people).Settle(t.Context(), nil, relation.Relation{})
	require.NoError(t, err)
	open := &stepv1.RowLocation{Key: []string{"7"}}
	settled.Message(open)
	require.Nil(t, open.GetSealed())
}

// A value is cut as a report cuts one, whatever its bytes are, and a text has some beside it
// and not thousands.
func TestWhatIsSealedIsBounded(t *testing.T) {
	t.Parallel()
	k := keys(t, personal.NewKey())
	for name, tc := range map[string]struct{ value, want string }{
		"short":     {"Ann", "Ann"},
		"empty":     {"", ""},
		"two long":  {strings.Repeat("é", 200), strings.Repeat("é", 200)},
		"too long":  {strings.Repeat("é", 201), strings.Repeat("é", 200) + "…"},
		"a book":    {strings.Repeat("\U0001F600", 1<<20), strings.Repeat("\U0001F600", 200) + "…"},
		"no UTF-8":  {"Ann\xe9", "Ann<0xE9>"},
		"a NUL":     {"A\x00n", "A\u2400n"},
		"bad bytes": {strings.Repeat("\xff", 300), strings.Repeat("<0xFF>", 200) + "…"},
	} {
		row, _ := sealedIn(t, k, tc.value, "x")
		require.Less(t, len(row.GetSealed().GetValues()[0].GetValue()), 1000, name)
		of := personal.Unmasking{Keys: k, Dataset: "shop"}
		require.NoError(t, of.Take(1, "", row))
		got, err := of.Values()
		require.NoError(t, err)
		require.Equal(t, tc.want, got[0].GetValue(), name)
	}
	veil := k.Veil(people)
	f := &stepv1.Finding{Message: strings.Repeat(veil.Value("id", "u-1")+" ", 1000)}
	settled, err := veil.Settle(t.Context(), nil, relation.Relation{})
	require.NoError(t, err)
	settled.Message(f)
	require.Len(t, f.GetSealed().GetValues(), 64)
}

// No client gets what is sealed, however deep it stands.
func TestStripLeavesNothingSealed(t *testing.T) {
	t.Parallel()
	row, _ := sealedIn(t, keys(t, personal.NewKey()), "u-1", "a")
	secret := row.GetSealed().GetValues()[0].GetValue()
	answer := &orchestratorv1.GetRunResponse{Run: &orchestratorv1.Run{
		Findings: []*stepv1.Finding{{Sealed: row.GetSealed(), Rows: []*stepv1.RowLocation{row}, Follows: []*stepv1.Finding{{Rows: []*stepv1.RowLocation{proto.CloneOf(row)}}}}},
		Restated: []*stepv1.RestatedSnapshot{{First: []*stepv1.RestatedRow{{Key: []string{"(hidden)"}, Sealed: row.GetSealed()}}}},
	}}
	shown := proto.CloneOf(answer)
	personal.Strip(shown)
	wire, err := proto.Marshal(shown)
	require.NoError(t, err)
	require.False(t, bytes.Contains(wire, secret))
	require.Nil(t, shown.GetRun().GetFindings()[0].GetFollows()[0].GetRows()[0].GetSealed())
	require.EqualValues(t, 7, shown.GetRun().GetFindings()[0].GetRows()[0].GetLine(), "all else stays")
	personal.Strip(&stepv1.Progress{Table: "people"})
}
