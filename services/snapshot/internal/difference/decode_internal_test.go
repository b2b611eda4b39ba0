package difference

import (
	"context"
	"os"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/pgtest"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

// asked is what PostgreSQL answers in its binary format.
func asked(t *testing.T, db *pgtest.Database, sql string) [][]byte {
	t.Helper()
	conn, err := db.Owner.Acquire(t.Context())
	require.NoError(t, err)
	defer conn.Release()
	got := conn.Conn().PgConn().ExecParams(context.Background(), sql, nil, nil, nil, []int16{pgx.BinaryFormatCode}).Read()
	require.NoError(t, got.Err)
	require.Len(t, got.Rows, 1)
	return got.Rows[0]
}

func pointer(s string) *string { return &s }

func TestWhatIsReadIsWhatPostgreSQLSent(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	for _, c := range []struct {
		name, sql string
		row       Row
		counts    []int64
	}{
		{
			"changed", `select array['u1', ''], false, false, array[true, false, true], array['a "b"\', null, '{}']::text[], array[null, null, 'ä,NULL']::text[], null::bigint[]`,
			Row{Key: []string{"u1", ""}, Differs: []bool{true, false, true}, From: []*string{pointer(`a "b"\`), nil, pointer("{}")}, To: []*string{nil, nil, pointer("ä,NULL")}}, nil,
		},
		{
			"added, of a table that is all key", `select array['7'], false, true, array[]::boolean[], array[]::text[], array[]::text[], null::bigint[]`,
			Row{Key: []string{"7"}, Added: true}, nil,
		},
		{
			"removed", `select array['7'], true, false, array[null]::boolean[], array['x']::text[], array[null]::text[], null::bigint[]`,
			Row{Key: []string{"7"}, Removed: true, Differs: []bool{false}, From: []*string{pointer("x")}, To: []*string{nil}}, nil,
		},
		{
			"counts", `select null::text[], false, false, null::boolean[], null::text[], null::text[], array[1, -2, 9223372036854775807]::bigint[]`,
			Row{}, []int64{1, -2, 9223372036854775807},
		},
	} {
		row, counts, err := decodeRow(asked(t, db, c.sql))
		require.NoError(t, err, c.name)
		require.Equal(t, c.row, row, c.name)
		require.Equal(t, c.counts, counts, c.name)
	}
}

func TestWhatIsNoRowIsRefused(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	const rest = `, false, false, array[true], array['a']::text[], array['b']::text[], null::bigint[]`
	for sql, want := range map[string]string{
		`select 1`:                       "expected 7 columns of a row that differs, found 1",
		`select array['a', null]` + rest: "expected a value in column 2 of the key, found NULL",
		`select array[array['a'], array['b']]` + rest:              "expected an array of one dimension, found one of 2",
		`select ''::text` + rest:                                   errTruncated.Error(),
		`select null, null, null, null, null, null, 1::int`:        errTruncated.Error(),
		`select null, null, null, null, null, null, array[1::int]`: "expected a bigint of 8 bytes, found 4",
	} {
		_, _, err := decodeRow(asked(t, db, sql))
		require.EqualError(t, err, want, sql)
	}
}

// FuzzTexts reads bytes of any kind: what is cut short or claims too much is an error, and
// what is read has no more elements than there were bytes for.
func FuzzTexts(f *testing.F) {
	f.Add([]byte{0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 25, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 1, 'a', 255, 255, 255, 255})
	f.Add([]byte{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 25})
	f.Add([]byte{0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 25, 127, 255, 255, 255, 0, 0, 0, 1})
	f.Fuzz(func(t *testing.T, array []byte) {
		all, err := texts(array)
		if err != nil {
			return
		}
		bytes := 20
		for _, v := range all {
			bytes += 4
			if v != nil {
				bytes += len(*v)
			}
		}
		require.LessOrEqual(t, bytes, max(len(array), 20))
	})
}
