package store

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

func TestPlain(t *testing.T) {
	t.Parallel()
	require.Equal(t, "a\uFFFDb", plain("a\x00b"))
	require.Equal(t, "a\uFFFDb", plain("a\xffb"))
	require.Equal(t, "é", plain("é"))
}

func TestWithoutNUL(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "plain", "a\x00b", `a\u0000b`, "\\\x00", `\\u0000`, `\`, "\x00\x00", `"`} {
		b, err := json.Marshal(text)
		require.NoError(t, err)
		var got string
		require.NoError(t, json.Unmarshal(withoutNUL(b), &got), "%q", text)
		require.Equal(t, plain(text), got)
	}
}

func TestListsOfMessagesComeBack(t *testing.T) {
	t.Parallel()
	b, err := encodeList([]*stepv1.TableCounts{{Table: "users", Rows: 7043}, {Table: "é\x00"}})
	require.NoError(t, err)
	got, err := decodeList[stepv1.TableCounts](b)
	require.NoError(t, err)
	require.Len(t, got, 2)
	require.Equal(t, int64(7043), got[0].GetRows())
	require.Equal(t, "é\uFFFD", got[1].GetTable())

	newer, err := decodeList[stepv1.TableCounts]([]byte(`[{"table":"users","fromTheFuture":1}]`))
	require.NoError(t, err)
	require.Equal(t, "users", newer[0].GetTable())
	_, err = decodeList[stepv1.TableCounts]([]byte(`{}`))
	require.Error(t, err)
}
