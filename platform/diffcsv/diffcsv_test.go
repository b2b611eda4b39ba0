package diffcsv_test

import (
	"encoding/csv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/streamflow/streamflow/platform/diffcsv"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

func TestRows(t *testing.T) {
	t.Parallel()
	rows := []*snapshotv1.RowDifference{
		{Snapshot: "users", Key: []string{"u1"}, Change: stepv1.RowChange_ROW_CHANGE_CHANGED, Values: []*snapshotv1.ValueDifference{
			{Column: "fee", From: proto.String("1.5"), To: proto.String("1.51")}, {Column: "note", To: proto.String("")},
		}},
		{Snapshot: "orders", Key: []string{"u,1", "<2>"}, Change: stepv1.RowChange_ROW_CHANGE_ADDED, Values: []*snapshotv1.ValueDifference{
			{Column: "amount", To: proto.String("a \"b\",\n c ")}, {Column: "secret"},
		}},
		{Snapshot: "ids", Key: []string{" x"}, Change: stepv1.RowChange_ROW_CHANGE_REMOVED},
	}
	var b strings.Builder

	require.NoError(t, diffcsv.Rows(&b, rows))

	require.Equal(t, "users,changed,u1,fee,1.5,1.51\n"+
		"users,changed,u1,note,,\"\"\n"+
		"orders,added,\"[\"\"u,1\"\",\"\"<2>\"\"]\",amount,,\"a \"\"b\"\",\n c \"\n"+
		"orders,added,\"[\"\"u,1\"\",\"\"<2>\"\"]\",secret,,\n"+
		"ids,removed,\" x\",,,\n", b.String())
}

// FuzzRows checks that whatever the values are, another reader reads them.
func FuzzRows(f *testing.F) {
	f.Add("u1", "fee", "1.5", "")
	f.Add("a,b", "\"", "\r\n", " x ")
	f.Add("", "\\.", "ü\x00", "'")
	f.Fuzz(func(t *testing.T, key, column, from, to string) {
		for _, text := range []*string{&key, &column, &from, &to} {
			*text = strings.ReplaceAll(*text, "\r", "") // encoding/csv reads it as a newline
		}
		var b strings.Builder
		require.NoError(t, diffcsv.Rows(&b, []*snapshotv1.RowDifference{{
			Snapshot: "s", Key: []string{key}, Change: stepv1.RowChange_ROW_CHANGE_CHANGED,
			Values: []*snapshotv1.ValueDifference{{Column: column, From: &from, To: &to}},
		}}))
		all, err := csv.NewReader(strings.NewReader(diffcsv.Header + b.String())).ReadAll()
		require.NoError(t, err)
		require.Equal(t, []string{"s", "changed", key, column, from, to}, all[1])
	})
}
